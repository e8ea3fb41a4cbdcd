# A regular expression with ten thousand groups in each other.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s

import re

re.compile("(" * 10_000 + ")" * 10_000)
