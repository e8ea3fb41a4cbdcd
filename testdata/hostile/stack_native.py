# C calling Python calling C, with the recursion limit lifted.
# Before its first run this said "limit stack": CPython counts calls through C by itself, and the limit
# for them cannot be lifted.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s

import functools
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __repr__(self):
        return repr([Deep()])


repr(Deep())
