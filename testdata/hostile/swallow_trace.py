# A trace function that swallows.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import sys


def trace(frame, event, arg):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


sys.settrace(trace)
(lambda: None)()
