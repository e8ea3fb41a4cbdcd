# The interrupt is ignored.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass
