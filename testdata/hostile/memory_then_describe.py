# An exception that is raised when there is no memory left to describe it with.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
kept = []
size = 1 << 24
while size > 16:
    try:
        while True:
            kept.append(bytearray(size))
    except MemoryError:
        size //= 2
raise MemoryError(kept)
