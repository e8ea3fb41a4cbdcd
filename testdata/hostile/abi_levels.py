# Levels, kinds and fractions that are none, and reasons for interrupts that nobody asked for.
#
# outcome: value {"taken":[],"reason":0}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium


def run(params):
    taken = []
    for number in (0, 6, 255, -1, 1 << 31, (1 << 32) - 1, (1 << 32) + 1 + 100):
        for act in (lambda: _vivarium.log(number, "text"), lambda: _vivarium.metric(number or 3, "name", 1.0, "")):
            try:
                act()
                taken.append(number)
            except (ValueError, OverflowError):
                pass
    for fraction in (-0.1, 1.1, float("nan"), float("inf"), -5e-324):
        try:
            _vivarium.progress(fraction, "")
            taken.append(str(fraction))
        except ValueError:
            pass
    for labels in ("[]", "1", '{"a":1}', '{"a":null,"b":[]}', "{", '{"a":"b"} {}', "NaN", "\ud800"):
        try:
            _vivarium.metric(1, "name", 1.0, labels)
            taken.append(labels)
        except ValueError:
            pass
    return {"taken": taken, "reason": _vivarium.interrupt_reason()}
