# A coroutine that gives way to the event loop for ever.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s

import asyncio


async def run(params):
    while True:
        await asyncio.sleep(0)
