# A finally block that never ends.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

try:
    while True:
        pass
finally:
    while True:
        pass
