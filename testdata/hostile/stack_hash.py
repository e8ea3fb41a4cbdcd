# The hash of a tuple in a tuple in a tuple, a million times, which C code computes without asking
# how deep it is.
#
# outcome: limit stack hard
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
def run(params):
    value = ()
    for _ in range(1_000_000):
        value = (value,)
    return hash(value)
