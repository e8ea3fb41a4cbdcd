def numbers(n):
    for i in range(n):
        got = yield i
        if got:
            yield got


def chained(depth, n):
    if depth:
        total = yield from chained(depth - 1, n)
        return total + 1
    yield from numbers(n)
    return 0


def run(params):
    source = chained(20, 200)
    out, depth = [], None
    try:
        while True:
            out.append(next(source))
    except StopIteration as e:
        depth = e.value
    g = numbers(3)
    next(g)
    return [sum(out), depth, g.send("sent"), sum(i * i for i in range(2000) if i % 3)]
