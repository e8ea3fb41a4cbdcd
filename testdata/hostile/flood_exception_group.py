# A group of exceptions that holds one group thrice, which does so, too, and so on.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# memory: 512MiB
def run(params):
    error = ValueError(1)
    for _ in range(40):
        error = ExceptionGroup("more", [error] * 3)
    raise error
