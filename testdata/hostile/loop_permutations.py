# All orders of a hundred things, counted in C.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import itertools

sum(map(len, itertools.permutations(range(100))))
