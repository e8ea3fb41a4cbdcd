# A list that grows without end.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
# memory: 96MiB

things = []
while True:
    things.append(things)
