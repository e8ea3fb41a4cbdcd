# The memory is full to the last byte, and then there is an exception to report.
# Before its first run this said ValueError: what cannot be told for want of memory ends as that.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
# memory: 64MiB

hoard = None
try:
    while True:
        hoard = (hoard, 1)
except MemoryError:
    pass
raise ValueError("full")
