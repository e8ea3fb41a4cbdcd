# Out of time, and then out of memory: what counts is what was first.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

try:
    while True:
        pass
except BaseException:
    hoard = []
    while True:
        hoard.append(bytearray(1 << 20))
