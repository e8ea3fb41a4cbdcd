# A MemoryError that is caught, and memory asked for again.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s

hoard = []
while True:
    try:
        while True:
            hoard.append(bytearray(1 << 20))
    except MemoryError:
        hoard.clear()
