# A pickle a million deep.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import pickle

deep = []
for _ in range(10**6):
    deep = [deep]
pickle.dumps(deep)
