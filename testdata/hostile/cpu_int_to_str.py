# A long number as text, with the interpreter's own limit lifted.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import sys

sys.set_int_max_str_digits(0)
while True:
    str(1 << 20_000_000)
