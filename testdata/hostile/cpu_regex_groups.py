# A regular expression with nested repeats and a backreference.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import re

re.search(r"(x+x+)+y\1", "x" * 5000)
