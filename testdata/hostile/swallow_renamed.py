# The interrupt's class is replaced: what is raised now only ends an iterator.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import vivarium

vivarium.TimedOut = StopIteration


class Forever:
    def __iter__(self):
        return self

    def __next__(self):
        while True:
            pass


while True:
    list(Forever())
