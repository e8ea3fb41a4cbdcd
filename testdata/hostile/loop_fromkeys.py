# A dict made of keys that never end, and are always the same two.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import itertools

dict.fromkeys(itertools.cycle("ab"))
