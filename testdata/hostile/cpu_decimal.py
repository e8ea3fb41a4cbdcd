# A root to a million digits.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import decimal

decimal.getcontext().prec = 10**7
decimal.Decimal(2).sqrt().ln()
