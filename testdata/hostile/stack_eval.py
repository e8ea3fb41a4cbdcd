# Code that evaluates itself, with the recursion limit lifted.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import sys

sys.setrecursionlimit(10**9)
code = "eval(code)"
eval(code)
