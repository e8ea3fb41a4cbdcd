# Enough containers that the collector runs by itself, several times.
import gc


def run(params):
    keep = []
    for i in range(12000):
        loop = [i]
        loop.append(loop)
        if i % 100 == 0:
            keep.append((i, {"n": [loop]}))
    return [len(keep), gc.get_threshold(), gc.get_stats()[0]["collections"] > 0]
