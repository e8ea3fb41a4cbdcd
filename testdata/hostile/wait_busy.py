# Waking up again and again, to keep a core from others that wait.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io

import time

while True:
    time.sleep(0.000001)
