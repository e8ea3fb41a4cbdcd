# Out of time, and then a result as if nothing had been.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB


def run(params):
    try:
        while True:
            pass
    except BaseException:
        return "in time"
