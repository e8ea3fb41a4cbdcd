# The interrupt's own handler is replaced: nobody hears the host any more.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import signal

signal.signal(signal.SIGINT, lambda *args: None)
while True:
    pass
