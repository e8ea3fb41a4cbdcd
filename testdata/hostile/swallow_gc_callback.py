# A callback of the garbage collector, from which nothing gets out.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import gc


def callback(phase, info):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


gc.callbacks.append(callback)
gc.collect()
