# A thousand generators, each in the middle of the last one.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

def chain(inner):
    local = bytearray(10_000)
    yield from inner


g = iter(range(10))
while True:
    g = chain(g)
