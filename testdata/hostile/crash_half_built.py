# Looks at a tuple that is not yet built, as the garbage collector knows it.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import gc


def parts():
    marker = object()
    yield marker
    for tup in gc.get_referrers(marker):
        if type(tup) is tuple:
            for item in tup:
                str(type(item)), repr(item)


for _ in range(100):
    tuple(parts())
