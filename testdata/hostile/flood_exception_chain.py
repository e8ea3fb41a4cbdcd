# Exceptions that stand in each other's way, far more than can be described in time.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
error = None
for n in range(100000):
    later = ValueError("c" * 100, n)
    later.__context__, error = error, later
group = ExceptionGroup("g", [error] * 1000)
raise group
