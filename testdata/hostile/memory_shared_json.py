# Thirty lists whose JSON has two billion brackets.
# Before its first run this said "limit memory soft", and 5s: the encoder takes longer than that, and
# being in C it does not ask for signals, so only the hard stop is left.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes


def run(params):
    value = []
    for _ in range(30):
        value = [value, value]
    return value
