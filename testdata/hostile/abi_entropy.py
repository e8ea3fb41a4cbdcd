# Randomness, more than there may be, and without end.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
import _vivarium

for size in (-1, (1 << 20) + 1, (1 << 31) - 100, 1 << 31, 1 << 32):
    try:
        _vivarium.entropy(size)
    except (OverflowError, MemoryError, SystemError):
        continue
    raise SystemExit(f"{size} bytes were taken")
while True:
    _vivarium.entropy(1 << 20)
