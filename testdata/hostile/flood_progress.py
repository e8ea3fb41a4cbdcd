# Progress that is out of range, and never ends.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import vivarium


def refused(fraction, message=""):
    try:
        vivarium.progress(fraction, message)
    except (ValueError, OverflowError):
        return
    raise SystemExit("it was taken")


for fraction in (-1, 1.5, float("nan"), float("inf"), -1e-300, 10**400, "1.0000001"):
    refused(fraction)
refused(0.5, "m" * (10 << 20))
refused(0.5, "\ud800")
while True:
    for n in range(100):
        vivarium.progress(n / 100, f"{n}\r\x1b[1A" * 10)
