# The function that says why the host interrupts is replaced by one that loops in the handler.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import _vivarium


def forever():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


_vivarium.interrupt_reason = forever
while True:
    pass
