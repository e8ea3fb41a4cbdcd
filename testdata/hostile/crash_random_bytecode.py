# Bytecode by chance, until some of it kills.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import random

random.seed(1)


def f(a=1, b=[], c="x"):
    return [a, b, c, len(c), f]


def run(params):
    good = f.__code__
    while True:
        rubbish = bytearray(good.co_code)
        for _ in range(6):
            rubbish[random.randrange(2, len(rubbish))] = random.randrange(256)
        f.__code__ = good.replace(co_code=bytes(rubbish))
        try:
            f()
        except Exception:
            pass
