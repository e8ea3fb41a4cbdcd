# An iterator without end, consumed in C: Python code is never reached again.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import itertools

sum(itertools.count())
