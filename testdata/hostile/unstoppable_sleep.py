# A sleep of thirty years that goes on each time it is interrupted.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import time

while True:
    try:
        time.sleep(10**9)
    except BaseException:
        pass
