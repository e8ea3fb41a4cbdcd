# Asking for randomness, in large pieces, for ever.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import os

while True:
    try:
        while True:
            os.urandom(1 << 20)
    except BaseException:
        pass
