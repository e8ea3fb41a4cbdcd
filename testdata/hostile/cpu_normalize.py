# Accents in the wrong order, which normalizing sorts by insertion.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import unicodedata

unicodedata.normalize("NFD", "a" + "\u0300\u0316" * 300_000)
