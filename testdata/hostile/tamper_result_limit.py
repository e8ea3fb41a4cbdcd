# Tries a result that is too large, and then raises what has nothing to do with that.
#
# outcome: exception ValueError: by hand
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium


def run(params):
    try:
        _vivarium.result(b"1" * (17 << 20))
    except OverflowError:
        raise ValueError("by hand") from None
