# A coroutine that will not be cancelled.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s

import asyncio


async def deaf():
    while True:
        try:
            await asyncio.sleep(3600)
        except BaseException:
            pass


while True:
    try:
        asyncio.run(deaf())
    except BaseException:
        pass
