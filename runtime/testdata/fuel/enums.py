import enum


class Color(enum.Enum):
    RED = enum.auto()
    GREEN = enum.auto()
    CRIMSON = RED

    @property
    def hot(self):
        return self is Color.RED


class Mode(enum.IntFlag):
    R = 4
    W = 2
    X = 1


class Name(enum.StrEnum):
    A = enum.auto()


def run(params):
    made = enum.Enum("Made", [f"M{i}" for i in range(40)])
    modes = [Mode(i % 8) for i in range(100)]
    return [[c.name for c in Color], Color(1).hot, str(modes[7]), sum(m & Mode.R for m in modes), Name.A, made["M7"].value, (~Mode.R).value]
