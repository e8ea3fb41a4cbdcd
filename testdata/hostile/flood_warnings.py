# Warnings that are never the same, and all are shown.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import itertools
import warnings

warnings.simplefilter("always")
for n in itertools.count():
    warnings.warn(f"number {n} " + "w" * 1000, stacklevel=1)
