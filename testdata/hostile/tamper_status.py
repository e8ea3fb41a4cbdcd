# The bootstrap's status is no number.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium_boot


class Status:
    def __index__(self):
        raise SystemExit(0)


def run(params):
    _vivarium_boot.RUN_OK = Status()
