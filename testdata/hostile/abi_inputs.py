# Reads what it was given, and kinds of input that there are none of.
#
# outcome: value {"kinds":{"0":true,"1":true,"2":true,"3":true},"params":"[\"__class__\"]"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# params: ["__class__"]
import _vivarium


def run(params):
    kinds = {}
    for kind in [*range(-300, 300), 1 << 31, (1 << 31) - 1, -(1 << 31)]:
        try:
            data = _vivarium.input(kind)
        except (ValueError, OverflowError):
            continue
        if data is not None:
            kinds[str(kind)] = len(data) > 0
    return {"kinds": kinds, "params": _vivarium.input(3).decode()}
