# An attribute that is looked up by looking it up.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s

class Mirror:
    def __getattr__(self, name):
        return getattr(self, name + "x")


Mirror().x
