# The same with objects so small that the interpreter itself has no memory left to say so.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
# memory: 96MiB

while True:
    hoard = None
    try:
        while True:
            hoard = (hoard, 1, 2, 3)
    except MemoryError:
        pass
