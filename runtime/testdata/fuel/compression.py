import bz2
import lzma
import zlib


def run(params):
    data = b"".join(b"%d squared is %d. " % (i, i * i) for i in range(400))
    packed = zlib.compress(data, 6)
    stream = zlib.decompressobj()
    half = stream.decompress(packed[: len(packed) // 2])
    whole = half + stream.decompress(packed[len(packed) // 2 :]) + stream.flush()
    small = bz2.compress(data[:2000], 1)
    return [whole == data, len(packed), bz2.decompress(small) == data[:2000], zlib.crc32(data), zlib.adler32(data), len(lzma.compress(data[:500], preset=0))]
