# A function for the interpreter's end, which loops: nobody waits for that end.
#
# outcome: value "ended"
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import atexit


def forever(*args):
    while True:
        pass


def run(params):
    atexit.register(forever)
    import threading

    threading._register_atexit(forever)
    return "ended"
