# Two lists that are equal a million deep.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

deep = []
for _ in range(10**6):
    deep = [deep]
other = []
for _ in range(10**6):
    other = [other]
deep == other
