# A dict that grows without end.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
# memory: 96MiB

table = {}
while True:
    table[len(table)] = None
