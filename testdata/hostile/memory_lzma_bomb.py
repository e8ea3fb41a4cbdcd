# The same with lzma.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s

import lzma

packed = lzma.compress(bytes(8 << 20), preset=0)
lzma.decompress(packed * 40)
