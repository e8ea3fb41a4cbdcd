# A thousand coroutines that will not be cancelled while the event loop is closed.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# type: io

import asyncio


async def deaf():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass


async def run(params):
    await asyncio.gather(*(deaf() for _ in range(1000)))
