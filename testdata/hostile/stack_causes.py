# An exception with a hundred thousand causes.
#
# outcome: exception ValueError: 99999
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s

def run(params):
    error = None
    for i in range(100_000):
        next = ValueError(i)
        next.__cause__ = error
        error = next
    raise error
