# JSON that is a million deep, written.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import json

deep = []
for _ in range(10**6):
    deep = [deep]
json.dumps(deep)
