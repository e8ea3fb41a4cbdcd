# A generator in a generator, a hundred thousand deep.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s


def run(params):
    def outer(inner):
        yield from inner

    it = iter([1])
    for _ in range(100_000):
        it = outer(it)
    return list(it)
