# A MemoryError is caught, nothing is given back, and a new one is what ends the script.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
# memory: 64MiB

hoard = []
for size in (1 << 20, 1 << 10, 1 << 5):
    try:
        while True:
            hoard.append(bytes(size))
    except MemoryError:
        pass
hoard.append(bytes(1 << 20))
