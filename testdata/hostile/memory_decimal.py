# A third, to as many digits as there may be.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s

import decimal

decimal.getcontext().prec = decimal.MAX_PREC
decimal.Decimal(1) / 3
