# An endless loop of a task that is paid by its work, not by time.
#
# outcome: limit fuel soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# fuel: 10000000
while True:
    pass
