# The common divisor of two numbers with a million digits.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import math
import os

math.gcd(int.from_bytes(os.urandom(400_000)), int.from_bytes(os.urandom(400_000)))
