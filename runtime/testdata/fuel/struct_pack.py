import struct


def run(params):
    record = struct.Struct("<IhbQdf5s?")
    packed = b"".join(record.pack(i, -i, i % 100, i**5, i / 7, i / 3, b"abc", i % 2) for i in range(300))
    rows = list(record.iter_unpack(packed))
    return [len(packed), rows[41][3], struct.unpack(">hhl", b"\0\1\0\2\0\0\0\3"), struct.calcsize("@qb")]
