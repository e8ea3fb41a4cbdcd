class Shape:
    count = 0

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.kind = cls.__name__.lower()

    def __init__(self):
        Shape.count += 1

    @property
    def area(self):
        raise NotImplementedError


class Square(Shape):
    __slots__ = ("side",)

    def __init__(self, side):
        super().__init__()
        self.side = side

    @property
    def area(self):
        return self.side**2

    def __lt__(self, other):
        return self.area < other.area


class Both(Square, Shape):
    def __getattr__(self, name):
        return len(name)


def run(params):
    shapes = [Both(i * 37 % 101) for i in range(400)]
    return [sorted(shapes)[200].area, Shape.count, shapes[0].missing, Both.kind, [c.__name__ for c in Both.__mro__]]
