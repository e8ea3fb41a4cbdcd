# JSON that is a million deep, read.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s

import json

json.loads("[" * 10**6 + "]" * 10**6)
