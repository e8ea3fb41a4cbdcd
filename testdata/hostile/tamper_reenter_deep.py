# The bootstrap, called by the script that it calls.
#
# outcome: value 0
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium_boot


def run(params):
    return _vivarium_boot.run()
