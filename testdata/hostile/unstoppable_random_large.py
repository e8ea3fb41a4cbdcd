# Much randomness at once, for ever: few loops, and much work for the host.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# memory: 256MiB
# unstoppable: yes

import os

while True:
    try:
        while True:
            os.urandom(100 << 20)
    except BaseException:
        pass
