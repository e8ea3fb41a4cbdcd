# Log records by all ways there are, also into a file of the scratch.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import logging

import vivarium

logging.basicConfig(filename="log.txt", level=1)
while True:
    logging.error("e" * 1000)
    vivarium.log("", level="critical")
    vivarium.log("l" * 100000, level="debug")
    vivarium.log("\x00\x1b[2J\r\n" * 100)
