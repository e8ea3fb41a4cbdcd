# Out of time, and then out of memory: what counts is what was first.
# Before its first run this said timeout + 100ms: the grace period is the script's to use, and
# taking all that memory takes longer.
#
# outcome: limit timeout soft
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# grace: 2s
# memory: 64MiB

try:
    while True:
        pass
except BaseException:
    hoard = []
    while True:
        hoard.append(bytearray(1 << 20))
