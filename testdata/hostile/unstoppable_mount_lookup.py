# Paths through a mount, back and forth, in one C call.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# mount: ro
# unstoppable: yes
import collections
import itertools
import os

path = "/data/" + "sub/../" * 60 + "data.txt"
assert os.path.isfile(path)
collections.deque(map(os.path.isfile, itertools.repeat(path)), maxlen=0)
