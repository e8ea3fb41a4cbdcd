# Thirty lists whose JSON, and whose repr, has a billion brackets.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s


def run(params):
    value = []
    for _ in range(30):
        value = [value, value]
    return value
