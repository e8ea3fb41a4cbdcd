# All pairs of a million things.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s
# memory: 96MiB

import itertools

list(itertools.product(range(10**6), repeat=2))
