# An exception of its own that is called like that of used up memory.
#
# outcome: exception MemoryError: mine
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
class MemoryError(Exception):
    pass


raise MemoryError("mine")
