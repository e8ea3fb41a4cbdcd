# An archive of a few kilobytes with a file of a gigabyte in it.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import io
import zipfile
import zlib

packer = zlib.compressobj(9, zlib.DEFLATED, -15)
size = 256
packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size)) + packer.flush()
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as zip:
    zip.writestr("bomb", b"")
text = archive.getvalue()
# Sizes and method of the one file, in its own header and in the directory.
name = text.index(b"PK\x01\x02")
local = bytearray(text[:name])
central = bytearray(text[name : text.index(b"PK\x05\x06")])
crc = 0
for _ in range(size):
    crc = zlib.crc32(bytes(1 << 20), crc)
for header, at in (local, 8), (central, 10):
    header[at : at + 2] = (8).to_bytes(2, "little")
    header[at + 6 : at + 10] = crc.to_bytes(4, "little")
    header[at + 10 : at + 14] = len(packed).to_bytes(4, "little")
    header[at + 14 : at + 18] = (size << 20).to_bytes(4, "little")
end = bytearray(text[text.index(b"PK\x05\x06") :])
end[16:20] = (len(local) + len(packed)).to_bytes(4, "little")
zipfile.ZipFile(io.BytesIO(local + packed + central + end)).read("bomb")
