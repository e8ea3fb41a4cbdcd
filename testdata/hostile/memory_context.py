# Exceptions that were each raised while the last one was handled.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
# memory: 64MiB


def run(params):
    last = None
    while True:
        error = ValueError("x" * 1000)
        error.__context__ = last
        last = error
