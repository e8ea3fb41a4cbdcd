# A task that waits, and goes on waiting for what is left when it is interrupted.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# type: io
# unstoppable: yes

import time

until = time.monotonic() + 10**6
while time.monotonic() < until:
    try:
        time.sleep(until - time.monotonic())
    except BaseException:
        pass
