# The same with bz2.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s

import bz2

packed = bz2.compress(bytes(8 << 20))
data = b""
bz2.decompress(packed * 40)
