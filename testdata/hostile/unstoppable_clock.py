# Asking the host for the time, for ever, from a loop in C.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import collections
import time

collections.deque(iter(time.time_ns, 0), maxlen=0)
