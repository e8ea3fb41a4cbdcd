# Paths through a mount, back and forth, in one C call.
# Before this said "limit timeout hard": os.stat hears of an interrupt after all.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: ro
# unstoppable: yes
import collections
import itertools
import os

path = "/data/" + "sub/../" * 60 + "data.txt"
assert os.path.isfile(path)
collections.deque(map(os.stat, itertools.repeat(path)), maxlen=0)
