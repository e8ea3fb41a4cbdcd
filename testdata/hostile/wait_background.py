# A task of the event loop that never gives way, and that nobody waits for.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io

import asyncio


async def forever():
    while True:
        pass


async def run(params):
    task = asyncio.create_task(forever())
    await asyncio.sleep(3600)
