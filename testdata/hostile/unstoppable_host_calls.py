# Calling a host function for ever, from a loop in C.
# Before its first run this said hard: a host function that is interrupted says so, and the
# loop in C passes that on.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# host: yes

import collections
import itertools

import _vivarium

collections.deque(map(_vivarium.call, itertools.repeat("echo"), itertools.repeat(b"{}")), maxlen=0)
