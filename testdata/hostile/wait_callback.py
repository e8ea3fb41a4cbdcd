# A callback of the event loop that never returns.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io

import asyncio


def forever():
    while True:
        pass


async def run(params):
    asyncio.get_running_loop().call_soon(forever)
    await asyncio.sleep(3600)
