# A regular expression that backtracks exponentially.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import re

re.match(r"(a+)+$", "a" * 60 + "b")
