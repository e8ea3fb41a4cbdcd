# Calls of host functions with more than they may be given, or give back.
#
# outcome: value {"refused":["OverflowError","OverflowError","LookupError","ValueError","OverflowError"],"echo":4194000}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
# timeout: 2s
import vivarium


def run(params):
    refused = []
    for name, argument in (
        ("echo", "x" * (5 << 20)),
        ("e" * (10 << 20), ""),
        ("e" * (3 << 20), ""),
        ("echo", "\ud800"),
        ("flood", ""),
    ):
        try:
            vivarium.call(name, argument=argument)
        except Exception as error:
            refused.append(next(t.__name__ for t in (OverflowError, LookupError, ValueError) if isinstance(error, t)))
    return {"refused": refused, "echo": len(vivarium.call("echo", argument="x" * 4194000)["argument"])}
