# The same, and then an exception that is to be described.
#
# outcome: exception ValueError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys


def run(params):
    def refuse(event, arguments):
        raise PermissionError(event)

    sys.addaudithook(refuse)
    raise ValueError("the truth")
