import numbers
import operator


class Modular(numbers.Number):
    def __init__(self, n, m=97):
        self.n, self.m = n % m, m

    def __add__(self, other):
        return Modular(self.n + operator.index(other), self.m)

    __radd__ = __add__

    def __matmul__(self, other):
        return Modular(self.n * other.n)

    def __index__(self):
        return self.n


def run(params):
    total = Modular(5)
    for i in range(400):
        total = (3 + (total + i)) @ Modular(i + 1)
        if total.n == 0:
            total = total + 1
    return [operator.index(total), isinstance(total, numbers.Number), [10, 20, 30][Modular(98)], isinstance(True, numbers.Integral)]
