# The memory is full to the last byte, and then there is an exception to report.
#
# outcome: exception ValueError: full
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
