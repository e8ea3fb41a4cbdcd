# A standard stream that is never done with flushing, when the script has already ended.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
import sys


class Evil:
    def flush(self):
        while True:
            pass


def run(params):
    sys.stdout = Evil()
    return 1
