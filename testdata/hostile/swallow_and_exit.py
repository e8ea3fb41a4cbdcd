# Out of time, and then an end with the status of success.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import os

try:
    while True:
        pass
except BaseException:
    os._exit(0)
