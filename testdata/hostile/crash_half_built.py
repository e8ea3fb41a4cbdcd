# Looks at a tuple that is not yet built, as the garbage collector knows it.
# Before its first run this said "died": to print what is not there yet is safe nowadays.
#
# outcome: value {"alive":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import gc


def parts():
    marker = object()
    yield marker
    for tup in gc.get_referrers(marker):
        if type(tup) is tuple:
            repr(tup), hash(tup)


def run(params):
    for _ in range(100):
        tuple(parts())
    return {"alive": True}
