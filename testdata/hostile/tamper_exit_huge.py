# Exits with a number that no process can end with.
#
# outcome: exit 253
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys

sys.exit(-(10**5000) * 256 - 3)
