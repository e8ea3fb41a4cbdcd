# Waiting for a file to be ready, which it always is.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io

import select

with open("f", "w+") as f:
    while True:
        select.select([f], [f], [], 3600)
