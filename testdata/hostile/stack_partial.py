# A function that calls a function that calls a function, all of them in C.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import functools
import sys


def run(params):
    sys.setrecursionlimit(10**9)
    f = int
    for _ in range(300_000):
        f = functools.partial(functools.partial(f).__call__)
    return f()
