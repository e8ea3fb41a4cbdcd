"""Training: containers — lists, dicts, sets, tuples, deques, sorting, slicing, comprehensions."""

import collections
import copy
import functools
import itertools
import operator
import random

r = random.Random(42)


def inventory():
    stock = collections.defaultdict(list)
    for i in range(3000):
        stock[r.choice("abcdefgh")].append((i, r.random()))
    best = {k: max(v, key=operator.itemgetter(1)) for k, v in stock.items()}
    merged = {**best, "z": (0, 0.0)} | {"y": (1, 1.0)}
    for k in list(merged):
        if merged.get(k, (0, 0))[0] % 2:
            merged.pop(k)
    return merged, collections.Counter(k for k, v in stock.items() for _ in v)


def sorting():
    records = [{"n": r.randrange(1000), "s": f"s{r.randrange(100)}", "f": r.random()} for _ in range(1500)]
    records.sort(key=lambda d: (d["s"], -d["n"]))
    names = sorted({d["s"] for d in records}, reverse=True)
    floats = sorted(d["f"] for d in records)
    groups = {k: len(list(g)) for k, g in itertools.groupby(records, key=lambda d: d["s"])}
    return names, floats[:3], groups


def queues():
    d = collections.deque(range(200), maxlen=300)
    for i in range(3000):
        d.append(d.popleft() + i if i % 3 else i)
        if i % 11 == 0:
            d.rotate(3)
    stack = []
    for i in range(5000):
        stack.append(i) if i % 4 else stack and stack.pop()
    return sum(d), len(stack)


def slices():
    line = list(range(2000))
    line[100:200] = line[200:100:-1]
    del line[::7]
    a, *middle, z = line
    line.insert(5, 5), line.extend(middle[:10]), line.remove(9), line.reverse()
    return a, z, line[-5:], tuple(line)[3:9], list(zip(line, middle))[:3], [x for row in [line[:50]] * 20 for x in row if x & 1]


def sets():
    a, b = set(range(0, 3000, 2)), frozenset(range(0, 3000, 3))
    return len(a | b), len(a & b), len(a - b), len(a ^ b), a.issuperset({2, 4}), {x // 10 for x in a}


Point = collections.namedtuple("Point", "x y")


def copies():
    tree = {"left": {"v": [1, 2, {"k": (1, 2)}]}, "right": [Point(i, -i) for i in range(60)]}
    out = [copy.deepcopy(tree) for _ in range(25)]
    return functools.reduce(lambda n, t: n + t["right"][3].x, out, 0), tree == out[0], out[0]["right"][5]._replace(x=3)


for _ in range(15):
    inventory(), sorting(), queues(), slices(), sets(), copies()
