# A task that says it waits, and computes.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io

while True:
    sum(range(1000))
