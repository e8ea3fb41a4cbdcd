# Paths of 4,000 characters through forty links, in one C call.
# Before this said "limit timeout hard": os.stat hears of an interrupt after all.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
import collections
import itertools
import os

os.mkdir("d")
os.symlink("./" * 2000, "l0")
for n in range(1, 20):
    os.symlink("d/../" * 700 + f"l{n - 1}/" + "d/../" * 90, f"l{n}")
assert os.path.isdir("l19")
collections.deque(map(os.stat, itertools.repeat("l19/d/../l18")), maxlen=0)
