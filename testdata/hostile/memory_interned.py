# Names that the interpreter keeps for ever.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s
# memory: 96MiB

import sys

kept = []
n = 0
while True:
    kept.append(sys.intern("name_%d" % n * 50))
    n += 1
