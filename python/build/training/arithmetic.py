"""Training: numbers in plain loops — integers, floats, indexes, bits, large integers, and small methods called often."""

import heapq
import itertools
import math


def collatz(limit):
    longest = best = 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > longest:
            longest, best = steps, start
    return best, longest


def integrate(steps):
    total, h = 0.0, 3.0 / steps
    for i in range(steps):
        x = i * h
        y = ((0.3 * x - 1.25) * x + 2.0) * x - 0.5
        total += -y if y < 0 else y
    return total * h + math.sin(total) ** 2


def relax(size, rounds):
    """A heated plate, cooled at its rim."""
    plate = [[float((x * y) % 7) for x in range(size)] for y in range(size)]
    for _ in range(rounds):
        for y in range(1, size - 1):
            above, row, below = plate[y - 1], plate[y], plate[y + 1]
            for x in range(1, size - 1):
                row[x] = 0.25 * (above[x] + below[x] + row[x - 1] + row[x + 1])
    return sum(map(sum, plate))


def common(a, b):
    """Length of the longest common subsequence."""
    previous = [0] * (len(b) + 1)
    for x in a:
        current = [0]
        for j, y in enumerate(b):
            current.append(previous[j] + 1 if x == y else max(current[j], previous[j + 1]))
        previous = current
    return previous[-1]


def bits(n):
    state, ones, table = 0x12345, 0, bytearray(256)
    for i in range(n):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        ones += (state & 0xFF).bit_count()
        table[state & 0xFF] ^= i & 0xFF
    return ones, sum(table)


def insertion(n):
    items = [(i * 7919) % n for i in range(n)]
    for i in range(1, len(items)):
        value, j = items[i], i - 1
        while j >= 0 and items[j] > value:
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = value
    return items[0] == 0 and not any(a > b for a, b in itertools.pairwise(items))


def large():
    m = (1 << 521) - 1
    x = pow(3, m - 2, m) * 3 % m
    root = math.isqrt(7 << 2000)
    return x == 1, len(str(root)), int(str(root)) == root, root % 97, -root // 12345, math.gcd(root, 1 << 300), hex(root)[-3:]


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    @property
    def norm(self):
        return math.hypot(self.x, self.y)


def walk(steps):
    at, far = Vector(0.0, 0.0), []
    for i in range(steps):
        at = at + Vector(math.cos(i), math.sin(i * 1.5)) * 0.5
        heapq.heappush(far, (-at.norm, i))
        if len(far) > 50:
            heapq.heappop(far)
    return at.norm, len(far)


def runs(text):
    out, last, n = [], "", 0
    for ch in text:
        if ch == last:
            n += 1
        else:
            if n:
                out.append(last + str(n) if n > 1 else last)
            last, n = ch, 1
    return "".join(out), {ch: ord(ch) for ch in text}


for _ in range(6):
    collatz(1500), integrate(30000), relax(40, 12), bits(20000), insertion(250), large(), walk(4000)
    common("the quick brown fox" * 6, "jumps over a lazy dog" * 6), runs("aaabccddddde" * 400)
