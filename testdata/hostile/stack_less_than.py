# A sort whose comparison sorts, with the recursion limit lifted.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __lt__(self, other):
        return sorted([Deep(), Deep()])


sorted([Deep(), Deep()])
