import math


def run(params):
    factorial = math.factorial(400)
    a, b = 0, 1
    for _ in range(2000):
        a, b = b, a + b
    return [factorial % (2**61 - 1), str(a)[:20], pow(3, 10**40, 10**30 + 57), math.isqrt(10**200) % 997]
