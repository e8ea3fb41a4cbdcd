# An iterator without end that a deque of length 0 swallows.
# Before its first run this said soft: no Python code is ever reached in which the interrupt
# could be raised, so only the hard stop is left.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import collections
import itertools

collections.deque(itertools.repeat(None), maxlen=0)
