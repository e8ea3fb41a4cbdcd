# The bootstrap's status is a number that says the script stopped itself, and one that is none.
#
# outcome: exit 1
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium_boot

_vivarium_boot.RUN_OK = 2
