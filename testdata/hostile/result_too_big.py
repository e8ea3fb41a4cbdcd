# A result that is one byte too long, after one that was just not.
#
# outcome: limit result soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium_json


def run(params):
    fits = (16 << 20) - len('""')
    try:
        _vivarium_json.hand_over("x" * (fits + 1))
    except OverflowError:
        return "x" * (fits + 1)
