import asyncio


async def worker(n, queue, out):
    while (item := await queue.get()) is not None:
        out.append((n, item))
        await asyncio.sleep(0)


async def count(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)


async def run(params):
    queue, out = asyncio.Queue(maxsize=5), []
    lock, event = asyncio.Lock(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for n in range(4):
            group.create_task(worker(n, queue, out))
        for i in range(60):
            await queue.put(i)
        for _ in range(4):
            await queue.put(None)
    async with lock:
        event.set()
    squares = await asyncio.gather(*(asyncio.sleep(0, i * i) for i in range(20)))
    return [len(out), await event.wait(), sum(squares), [i async for i in count(5)]]
