# A dict that has no end of items.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import time


class Endless(dict):
    def items(self):
        while True:
            time.sleep(0.001)
            yield "key", "value"


def run(params):
    return Endless(a=1)
