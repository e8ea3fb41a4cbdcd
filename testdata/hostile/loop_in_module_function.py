# A factory that never makes its module.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

def module():
    while True:
        pass
