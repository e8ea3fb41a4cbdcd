# More bytes in one object than the whole memory may have.
# Before its first run this said "limit memory soft": sizes have 32 bits here, so it is not
# even asked for.
#
# outcome: exception OverflowError: cannot fit
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB


def run(params):
    return len(b"x" * 10**10)
