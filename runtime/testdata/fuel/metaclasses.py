class Registry(type):
    known = {}

    def __new__(mcs, name, bases, space, **options):
        made = super().__new__(mcs, name, bases, space)
        mcs.known[name] = options
        return made

    def __call__(cls, *args):
        return (cls.__name__, super().__call__(*args))


class Typed:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return instance.__dict__.get(self.name)

    def __set__(self, instance, value):
        instance.__dict__[self.name] = self.kind(value)


class Point(metaclass=Registry, version=2):
    x = Typed(int)
    y = Typed(float)


def run(params):
    made = [type(f"P{i}", (Point,), {"z": i}) for i in range(40)]
    name, point = made[-1]()
    point.x, point.y = "41", "0.5"
    return [name, point.x + point.y, len(Registry.known), Registry.known["Point"]]
