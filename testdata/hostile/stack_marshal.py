# Marshalled data a million deep.
#
# outcome: exception ValueError: too deeply nested
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import marshal

deep = []
for _ in range(10**6):
    deep = [deep]
marshal.dumps(deep)
