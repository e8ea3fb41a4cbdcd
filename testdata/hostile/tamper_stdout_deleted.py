# The standard streams, deleted.
#
# outcome: value 1
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys


def run(params):
    del sys.stdout, sys.stderr
    return 1
