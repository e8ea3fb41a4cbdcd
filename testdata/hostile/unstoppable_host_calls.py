# Calling a host function for ever, from a loop in C.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# host: yes

import collections
import itertools

import _vivarium

# It is a matter of chance whether the interrupt comes during a call, which then raises.
while True:
    try:
        collections.deque(map(_vivarium.call, itertools.repeat("echo"), itertools.repeat(b"{}")), maxlen=0)
    except BaseException:
        pass
