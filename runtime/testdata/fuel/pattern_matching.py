import dataclasses


@dataclasses.dataclass
class Add:
    left: object
    right: object


def evaluate(node):
    match node:
        case int() | float() as n:
            return n
        case Add(left=0, right=r):
            return evaluate(r)
        case Add(l, r):
            return evaluate(l) + evaluate(r)
        case {"mul": [a, *rest], **others} if not others:
            value = evaluate(a)
            for other in rest:
                value *= evaluate(other)
            return value
        case ["neg", x]:
            return -evaluate(x)
        case str(s) if s.isdigit():
            return int(s)
        case _:
            raise TypeError(node)


def run(params):
    tree = Add({"mul": [2, "3", Add(0, 4)]}, ["neg", 1.5])
    return [sum(evaluate(tree) for _ in range(100)), evaluate(Add(0, "12"))]
