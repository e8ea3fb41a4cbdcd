# Recursion without an end.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

def run(params):
    return run(params)
