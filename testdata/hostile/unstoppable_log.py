# Log records of 1 MiB, each of which the host has to look at, in one C call.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
import collections
import itertools

import _vivarium

collections.deque(map(_vivarium.log, itertools.repeat(2), itertools.repeat("é" * (1 << 19))), maxlen=0)
