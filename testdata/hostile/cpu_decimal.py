# A root to a million digits.
# Before its first run this said soft: no Python code is ever reached in which the interrupt
# could be raised, so only the hard stop is left.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import decimal

decimal.getcontext().prec = 10**7
decimal.Decimal(2).sqrt().ln()
