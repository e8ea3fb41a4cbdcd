# A generator in a generator, a hundred thousand deep.
# Before its first run this said RecursionError, and that is raised; but then the generators are freed,
# each by the last one, in C.
#
# outcome: limit stack hard
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
