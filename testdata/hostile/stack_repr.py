# The repr of a list in a list, a million deep.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

deep = []
for _ in range(10**6):
    deep = [deep]
repr(deep)
