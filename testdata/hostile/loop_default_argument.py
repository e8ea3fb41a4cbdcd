# A loop in a decorator, in the default value of an argument: before the function exists.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB


def forever():
    while True:
        pass


@lambda f: f
def run(params, default=forever()):
    return default
