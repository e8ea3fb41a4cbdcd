# Compressing the same megabytes for ever.
# Before its first run this said soft: one call of lzma takes longer than the grace period.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s

import bz2
import lzma
import zlib

data = bytes(range(256)) * (8 << 12)
while True:
    zlib.compress(data, 9)
    bz2.compress(data)
    lzma.compress(data)
