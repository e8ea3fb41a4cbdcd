# A generator that never yields, consumed by a function in C.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

def never():
    while True:
        pass
    yield 1


sum(never())
