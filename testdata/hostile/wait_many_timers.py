# Ten thousand coroutines that each wake up ten thousand times a second.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io
# timeout: 1s

import asyncio


async def tick():
    while True:
        await asyncio.sleep(0.0001)


async def run(params):
    await asyncio.gather(*(tick() for _ in range(10_000)))
