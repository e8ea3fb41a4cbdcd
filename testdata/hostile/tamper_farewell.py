# Exits and raises where nobody waits for it: when objects die and the interpreter ends.
#
# outcome: value {"ended":"well"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import atexit
import os
import sys
import threading
import weakref


class Late:
    def __del__(self):
        raise SystemExit(5)


def run(params):
    late = Late()
    atexit.register(os._exit, 6)
    threading._register_atexit(os._exit, 7)
    weakref.finalize(late, os._exit, 8)
    sys.unraisablehook = lambda hook: sys.exit(9)
    sys.excepthook = lambda *error: os._exit(10)
    late.itself = late
    keep = Late()
    del keep
    sys.stay = late
    return {"ended": "well"}
