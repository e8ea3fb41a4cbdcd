# Thirty lists whose JSON has two billion brackets.
# Before its first run this said "limit memory soft", and 5s: the encoder, in Python, takes longer.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB


def run(params):
    value = []
    for _ in range(30):
        value = [value, value]
    return value
