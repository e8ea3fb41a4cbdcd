# An iterator without end that a deque of length 0 swallows.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import collections
import itertools

collections.deque(itertools.repeat(None), maxlen=0)
