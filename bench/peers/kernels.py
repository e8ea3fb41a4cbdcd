"""CPU kernels, the same code inside and outside the sandbox.

None of them is in python/build/training, on which the build is profiled. Each
returns a value that is compared with the native one, so that speed never comes
from doing something else.
"""

import hashlib
import heapq
import json
import random
import re
import time


def queens():
    """Backtracking with sets and recursion."""

    def place(row, columns, left, right, n):
        if row == n:
            return 1
        count = 0
        for c in range(n):
            if c not in columns and row - c not in left and row + c not in right:
                count += place(row + 1, columns | {c}, left | {row - c}, right | {row + c}, n)
        return count

    return place(0, frozenset(), frozenset(), frozenset(), 7)


def mandelbrot():
    """Complex arithmetic in a tight loop."""
    inside = 0
    for y in range(40):
        for x in range(60):
            c, z = complex(x / 20 - 2.2, y / 20 - 1), 0j
            for _ in range(50):
                z = z * z + c
                if z.real * z.real + z.imag * z.imag > 4:
                    break
            else:
                inside += 1
    return inside


def sieve():
    """Slices of a bytearray."""
    n = 400_000
    flags = bytearray([1]) * n
    for i in range(2, int(n**0.5) + 1):
        if flags[i]:
            flags[i * i :: i] = bytes(len(range(i * i, n, i)))
    return sum(flags) - 2


def life():
    """A dict of tuples, rebuilt again and again."""
    cells = {(x * 7 % 41, x * x % 37) for x in range(900)}
    for _ in range(8):
        around = {}
        for x, y in cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        at = x + dx, y + dy
                        around[at] = around.get(at, 0) + 1
        cells = {at for at, n in around.items() if n == 3 or n == 2 and at in cells}
    return len(cells)


class Account:
    def __init__(self, owner):
        self.owner, self.balance, self.history = owner, 0, []

    def deposit(self, amount):
        self.balance += amount
        self.history.append(("deposit", amount))

    @property
    def rich(self):
        return self.balance > 1000


def objects():
    """Attribute access, methods, properties."""
    accounts = [Account(f"owner{i}") for i in range(100)]
    for step in range(150):
        for a in accounts:
            a.deposit(step % 13)
            if a.rich:
                a.balance -= 7
    return sum(a.balance + len(a.history) for a in accounts)


def dijkstra():
    """A heap and nested dicts."""
    r = random.Random(7)
    graph = {i: {r.randrange(1500): r.randrange(1, 100) for _ in range(8)} for i in range(1500)}
    distance, queue = {0: 0}, [(0, 0)]
    while queue:
        d, node = heapq.heappop(queue)
        if d > distance[node]:
            continue
        for to, cost in graph[node].items():
            if d + cost < distance.get(to, 1 << 60):
                distance[to] = d + cost
                heapq.heappush(queue, (d + cost, to))
    return sum(distance.values())


def documents():
    """JSON there and back."""
    rows = [{"id": i, "name": f"näme {i}", "price": i / 8, "tags": ["x", str(i)], "parent": None} for i in range(1500)]
    text = json.dumps(rows)
    return len(json.dumps(json.loads(text), indent=1, sort_keys=True))


def words():
    """Splitting, counting, sorting by key."""
    r = random.Random(3)
    text = " ".join("".join(r.choice("aeioulnrst") for _ in range(r.randrange(2, 5))) for _ in range(12_000))
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ",".join(f"{w}:{n}" for w, n in ordered[:50])


def logs():
    """Regular expressions over lines."""
    lines = [f"2026-11-{i % 28 + 1:02} 12:{i % 60:02}:00 host{i % 9} GET /item/{i}?q={i * 7} {200 + i % 5} {i * 31}ms" for i in range(3000)]
    pattern = re.compile(r"^(\d{4})-(\d\d)-(\d\d) (\S+) (\w+) (GET|POST) (/[^ ?]*)(?:\?(\S*))? (\d{3}) (\d+)ms$")
    total = 0
    for line in lines:
        m = pattern.match(line)
        total += int(m[9]) + int(m[10]) + len(re.sub(r"\d+", "#", m[7]))
    return total


def matrix():
    """Nested comprehensions over floats."""
    n = 60
    a = [[(i * j) % 7 / 3 for j in range(n)] for i in range(n)]
    b = [list(column) for column in zip(*a)]
    return round(sum(sum(x * y for x, y in zip(row, column)) for row in a for column in b), 6)


def pi_digits():
    """Big integers: the spigot of Gibbons."""
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    digits = []
    while len(digits) < 260:
        if 4 * q + r - t < m * t:
            digits.append(str(m))
            q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return "".join(digits)


def generators():
    """A pipeline of generators."""

    def numbers(n):
        for i in range(n):
            yield i

    def scaled(source, by):
        for item in source:
            yield item * by % 1009

    def pairs(source):
        last = 0
        for item in source:
            yield last, item
            last = item

    return sum(a ^ b for a, b in pairs(scaled(numbers(60_000), 31)))


def digests():
    """Hashing many small messages: C code called often."""
    h = hashlib.sha256()
    for i in range(6000):
        h.update(hashlib.blake2b(b"message %d" % i, digest_size=16).digest())
    return h.hexdigest()


KERNELS = (queens, mandelbrot, sieve, life, objects, dijkstra, documents, words, logs, matrix, pi_digits, generators, digests)


def run(params):
    """{kernel: [best seconds, value]} of so many rounds."""
    out = {}
    for kernel in KERNELS:
        best = float("inf")
        for _ in range(params["rounds"]):
            start = time.perf_counter()
            value = kernel()
            best = min(best, time.perf_counter() - start)
        out[kernel.__name__] = [best, value]
    return out


if __name__ == "__main__":
    import sys

    print(json.dumps(run({"rounds": int(sys.argv[1])})))
