# All orders of a hundred things, counted in C.
# Before its first run this said soft: no Python code is ever reached in which the interrupt
# could be raised, so only the hard stop is left.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import itertools

sum(map(len, itertools.permutations(range(100))))
