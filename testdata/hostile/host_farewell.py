# Calls a host function in the very moment that it is interrupted, and when it is over.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
import atexit
import signal

import vivarium


class Late:
    def __del__(self):
        vivarium.call("echo", late=True)


def run(params):
    atexit.register(vivarium.call, "stuck")
    late = Late()
    try:
        vivarium.call("slow")
    finally:
        for _ in range(100):
            vivarium.call("echo", last="words")
        signal.raise_signal(signal.SIGINT)
