# A value that raises what only the host may, when it is encoded.
#
# outcome: exception vivarium.TimedOut: I say so
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import vivarium


class Faker(dict):
    def items(self):
        raise vivarium.TimedOut("I say so")


def run(params):
    return Faker(a=1)
