# A host function whose reply is larger than anybody may get.
# Before its first run it was called for ever: but what such a function costs the host is the
# host's affair.
#
# outcome: value {"refused":3}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
# timeout: 2s
import vivarium


def run(params):
    refused = 0
    for _ in range(3):
        try:
            vivarium.call("flood", tell="me")
        except OverflowError:
            refused += 1
    return {"refused": refused}
