import dis
import inspect


def sample(a, /, b: int = 2, *rest: str, c, **options) -> list:
    total = a
    for i in range(b):
        total += i if i % 2 else -i
    return total


def run(params):
    signature = inspect.signature(sample)
    bound = signature.bind(1, 2, "x", c=3, d=4)
    return [str(signature), bound.arguments["options"], len(list(dis.get_instructions(sample))), inspect.getsource(sample)[:10], inspect.getmodule(sample).__name__]
