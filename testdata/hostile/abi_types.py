# The functions of the private module, with arguments of all types there are.
# Before its first run nothing but small numbers had to be taken: a view with two dimensions is
# bytes, too.
#
# outcome: value {"taken":["result memoryview","error memoryview"],"after":16}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import array

import _vivarium


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value() if callable(self.value) else self.value


def run(params):
    released = memoryview(b"released")
    released.release()
    things = (None, "text", "\ud800", b"bytes", 1.5, -1, 1 << 31, 1 << 32, -(1 << 31), 10**30, [], {}, object(), released)
    things += (memoryview(array.array("d", [1.0]))[::-1], memoryview(b"1234").cast("B", (2, 2)), Index(None), Index(1 << 40), Index(lambda: 1 / 0))
    taken = []
    for name in ("input", "entropy", "result", "error"):
        for thing in things:
            try:
                getattr(_vivarium, name)(thing)
                taken.append(f"{name} {type(thing).__name__}")
            except (TypeError, ValueError, OverflowError, MemoryError, ZeroDivisionError, LookupError, BufferError, SystemError):
                pass
    for thing in things:
        for arguments in ((), (thing,), (thing, thing), (1, thing), (thing, "x"), (1, "m", 1.0, thing), (1, "m", thing, "{}"), (thing, "m", 1.0, "{}")):
            for name in ("log", "metric", "progress", "call"):
                try:
                    getattr(_vivarium, name)(*arguments)
                except (TypeError, ValueError, OverflowError, LookupError, ZeroDivisionError, BufferError):
                    pass
    return {"taken": taken, "after": len(_vivarium.entropy(16))}
