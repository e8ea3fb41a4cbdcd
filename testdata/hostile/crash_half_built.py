# Looks at a tuple that is not yet built, as the garbage collector knows it.
# Before its first run this said "died": at address 0 there is memory, and CPython notices that
# it is no type.
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
        try:
            tuple(parts())
        except SystemError:
            pass
    return {"alive": True}
