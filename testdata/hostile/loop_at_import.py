# A loop in the body of a class, before there is an entry point.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

class Body:
    while True:
        pass


def run(params):
    return 1
