# An exception whose type does not say what it is called.
#
# outcome: exception Exception: kept from being described
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
class Meta(type):
    def __getattribute__(cls, name):
        raise ValueError(name)


class Evil(Exception, metaclass=Meta):
    pass


def run(params):
    raise Evil
