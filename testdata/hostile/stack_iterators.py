# An iterator of an iterator, a million deep: C calls C, and nobody counts.
#
# outcome: limit stack hard
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s


def run(params):
    it = iter([])
    for _ in range(10**6):
        it = map(abs, it)
    return list(it)
