import functools


def counted(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return f(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


def times(n):
    return lambda f: functools.wraps(f)(lambda *a: [f(*a) for _ in range(n)])


@times(3)
@counted
def add(a, b=1):
    return a + b


class Cached:
    @functools.cached_property
    def value(self):
        return sum(range(100))

    @staticmethod
    def fixed():
        return 4

    @classmethod
    def name(cls):
        return cls.__name__


def run(params):
    total = sum(sum(add(i)) for i in range(300))
    return [total, add.__wrapped__.calls, add.__name__, Cached().value + Cached.fixed(), Cached.name()]
