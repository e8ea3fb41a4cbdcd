# Nearly all of the memory in one piece, then another one.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

def run(params):
    return len(bytearray(600 << 20)) + len(bytearray(600 << 20))
