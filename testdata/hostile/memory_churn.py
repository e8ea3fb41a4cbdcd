# Memory that is taken and given back for ever: no limit is reached but time.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

while True:
    [bytes(100_000) for _ in range(300)]
