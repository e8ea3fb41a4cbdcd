import types


@types.coroutine
def pause(value):
    return (yield value)


async def step(n):
    total = 0
    for i in range(n):
        total += await pause(i)
    return total


async def outer():
    return [await step(50) for _ in range(10)]


def run(params):
    coroutine, value = outer(), None
    while True:
        try:
            value = coroutine.send(value)
        except StopIteration as e:
            return e.value
