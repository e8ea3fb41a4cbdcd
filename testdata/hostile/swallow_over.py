# The bootstrap is told that the script is over: then it lets interrupts pass.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import sys

sys.modules["_vivarium_boot"]._over = True
while True:
    pass
