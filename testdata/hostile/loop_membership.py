# Looking for something that is never found in an iterator without end.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import itertools

-1 in itertools.count()
