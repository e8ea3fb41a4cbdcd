# A result of 40 lists that has 2**40 when it is written down.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s
def run(params):
    value = []
    for _ in range(40):
        value = [value, value]
    return value
