# A few kilobytes that become a gigabyte.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 10s

import zlib

def bomb():
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(300)) + packer.flush()


zlib.decompress(bomb())
