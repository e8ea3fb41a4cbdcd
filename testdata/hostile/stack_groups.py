# Groups of exceptions in each other, a thousand deep.
#
# outcome: exception ExceptionGroup
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

def run(params):
    error = ValueError(1)
    for _ in range(1000):
        error = ExceptionGroup("group", [error])
    raise error
