# Ends by a SystemExit whose code is 7 and says that it is not.
#
# outcome: exit 7
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
class Code(int):
    def __and__(self, other):
        return 7

    def __str__(self):
        raise MemoryError


class Exit(SystemExit):
    @property
    def code(self):
        return Code(0)

    @code.setter
    def code(self, value):
        raise RecursionError


raise Exit
