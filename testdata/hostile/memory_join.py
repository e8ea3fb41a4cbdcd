# Joining what never ends: C collects it all first.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import itertools


def run(params):
    return len(b"".join(itertools.repeat(b"")))
