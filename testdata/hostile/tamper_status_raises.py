# The bootstrap's status raises when the interpreter asks for its number.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium_boot


class Status:
    def __index__(self):
        raise KeyError("status")


_vivarium_boot.RUN_OK = Status()
