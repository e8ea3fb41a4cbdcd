# Marshalled data in which bits are wrong, in thousands of ways.
#
# outcome: value {"alive":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import marshal
import random


def run(params):
    chance, good = random.Random(7), marshal.dumps([run.__code__, {"a": (1, 2.5, "é", b"x", 10**50)}, frozenset([None, ...])])
    for _ in range(5000):
        bad = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            bad[chance.randrange(len(bad))] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
        try:
            marshal.loads(bad[: chance.randint(1, len(bad))])
        except (ValueError, EOFError, TypeError, MemoryError, OverflowError, SystemError, UnicodeError):
            pass
    return {"alive": True}
