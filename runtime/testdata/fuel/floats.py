import math


def run(params):
    x = 0.1
    for i in range(1, 2000):
        x = math.fmod(math.sin(x) * i + math.sqrt(i) / math.log(i + 1), 1000.0)
    return [repr(x), math.fsum([0.1] * 1000), math.gcd(2**40, 6**20), round(math.pi, 7)]
