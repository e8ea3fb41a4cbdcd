# Waiting for descriptors that are always ready.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import select

while True:
    try:
        while True:
            select.select([0, 1, 2], [1, 2], [], 10)
    except BaseException:
        pass
