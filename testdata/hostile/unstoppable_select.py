# Waiting for nothing to happen, again and again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import select

while True:
    try:
        select.select([], [], [], 10**6)
    except BaseException:
        pass
