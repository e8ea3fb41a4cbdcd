# Results of 15 MiB, each of which the host has to check, in one C call.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
import collections
import itertools

import _vivarium

collections.deque(map(_vivarium.result, itertools.repeat(b"[" + b"[],\n" * (15 << 18) + b"[]]")), maxlen=0)
