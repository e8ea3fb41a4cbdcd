# A callback of a weak reference, from which nothing gets out.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import weakref


class Thing:
    pass


def callback(ref):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


thing = Thing()
ref = weakref.ref(thing, callback)
del thing
