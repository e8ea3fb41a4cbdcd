import random


def run(params):
    r = random.Random(42)
    cards = list(range(52))
    r.shuffle(cards)
    return [cards[:5], r.sample(range(1000), 3), r.choices("abc", [1, 2, 3], k=5), round(r.gauss(0, 1), 9), r.getrandbits(100), sum(r.random() for _ in range(500)) > 0]
