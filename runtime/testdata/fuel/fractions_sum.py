from fractions import Fraction


def run(params):
    total = sum(Fraction(1, n) for n in range(1, 60))
    return [str(total), str(Fraction("3.25") ** 3), str(Fraction(0.1).limit_denominator(100)), total > 4]
