# Thousands of warnings that are never the same, and all are shown.
# Before its first run they had no end, and the outcome was a soft timeout: it depends on chance
# whether the `except OSError` of the module warnings swallows that.
#
# outcome: value {"shown":3000}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 3s
import warnings


def run(params):
    warnings.simplefilter("always")
    for n in range(3000):
        warnings.warn(f"number {n} " + "w" * 1000, stacklevel=1)
    return {"shown": n + 1}
