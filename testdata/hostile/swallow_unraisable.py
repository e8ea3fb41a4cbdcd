# Exceptions that cannot be raised, and a hook that loops when it hears of them.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import sys


def hook(unraisable):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


sys.unraisablehook = hook


class Broken:
    def __del__(self):
        raise ValueError


Broken()
