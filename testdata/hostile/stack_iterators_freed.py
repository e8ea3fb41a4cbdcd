# Three hundred thousand iterators in each other that are freed together.
#
# outcome: value "freed"
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import itertools


def run(params):
    it = iter([])
    for _ in range(300_000):
        it = itertools.chain(it)
    del it
    return "freed"
