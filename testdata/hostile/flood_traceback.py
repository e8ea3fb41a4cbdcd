# A traceback of 100,000 frames.
#
# outcome: exception ValueError: at the bottom
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import sys

sys.setrecursionlimit(10**6)


def deeper(n):
    if n:
        return deeper(n - 1)
    raise ValueError("at the bottom")


deeper(10**5)
