# Classes to check against in a tuple in a tuple, a million deep.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s


def run(params):
    classes = int
    for _ in range(10**6):
        classes = (classes,)
    return isinstance("x", classes)
