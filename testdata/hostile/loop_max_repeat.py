# The maximum of a value repeated for ever.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import itertools

max(itertools.repeat(1))
