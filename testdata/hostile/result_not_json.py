# Values that have no JSON. Each must be refused, and its place be named.
#
# outcome: value {"taken":[],"fine":"[\"é\",null]"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium_json


async def coroutine():
    pass


def run(params):
    taken = []
    for value in (
        float("nan"),
        -float("inf"),
        type("Nan", (float,), {"__repr__": lambda self: "1"})("nan"),
        "\ud800",
        {"\udfff": 1},
        {float("inf"): 1},
        {(1, 2): 3},
        {b"key": 1},
        10**100000,
        b"bytes",
        {1, 2},
        object(),
        run,
        coroutine(),
        1j,
        ...,
    ):
        try:
            taken.append(str(_vivarium_json.encode({"deep": [value]})))
        except (TypeError, ValueError) as error:
            if "deep" not in str(error):
                taken.append(str(error))
    return {"taken": taken, "fine": _vivarium_json.encode(["é", None]).decode()}
