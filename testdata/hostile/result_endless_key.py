# A key that takes for ever to be described, in a value that is refused.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
class Key(str):
    def __repr__(self):
        while True:
            pass


def run(params):
    return {Key("key"): float("nan")}
