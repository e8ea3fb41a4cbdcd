# A fraction of ten characters whose denominator has a billion digits.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import fractions


def run(params):
    return str(fractions.Fraction("1e-999999999"))
