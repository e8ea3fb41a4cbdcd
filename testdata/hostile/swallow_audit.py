# An audit hook, which cannot be taken away again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import sys


def hook(event, args):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


sys.addaudithook(hook)
open("f")
