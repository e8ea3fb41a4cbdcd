import collections
import typing

Point = collections.namedtuple("Point", "x y z", defaults=[0])


class Row(typing.NamedTuple):
    key: str
    value: int = 3


def run(params):
    points = [Point(i, i * i % 13) for i in range(500)]
    return [sum(p.y for p in points), points[7]._replace(z=1), Row("k")._asdict(), Point._fields, hash(Point(1, 2)) == hash((1, 2, 0))]
