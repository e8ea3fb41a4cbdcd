# Waiting for what never happens.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io
# timeout: 1s

import asyncio


async def run(params):
    await asyncio.Event().wait()
