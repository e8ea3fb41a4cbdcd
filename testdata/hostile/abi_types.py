# The functions of the private module, with arguments of all types there are.
#
# outcome: value {"taken":["entropy True","entropy 0","entropy -0"],"after":16}
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
                taken.append(f"{name} {thing}")
            except (TypeError, ValueError, OverflowError, MemoryError, ZeroDivisionError, LookupError, BufferError):
                pass
    for thing in things:
        for arguments in ((), (thing,), (thing, thing), (1, thing), (thing, "x"), (1, "m", 1.0, thing), (1, "m", thing, "{}"), (thing, "m", 1.0, "{}")):
            for name in ("log", "metric", "progress", "call"):
                if name == "log" and arguments in ((1, "text"), (1, b"bytes")):
                    continue
                try:
                    getattr(_vivarium, name)(*arguments)
                    taken.append(f"{name} {arguments}")
                except (TypeError, ValueError, OverflowError, LookupError, ZeroDivisionError, BufferError):
                    pass
    for number in (True, 0, -0):
        taken.append(f"entropy {number}" if len(_vivarium.entropy(number)) == number else "")
    return {"taken": sorted(set(taken), key=taken.index)[:10], "after": len(_vivarium.entropy(16))}
