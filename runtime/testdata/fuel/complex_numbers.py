import cmath


def inside(c):
    z = 0j
    for n in range(40):
        z = z * z + c
        if abs(z) > 2:
            return n
    return 40


def run(params):
    counts = [inside(complex(x / 10 - 2, y / 10 - 1)) for x in range(25) for y in range(20)]
    return [sum(counts), repr(cmath.exp(1j))]
