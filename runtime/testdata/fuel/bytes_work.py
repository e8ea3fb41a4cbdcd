def run(params):
    data = bytearray(range(256)) * 40
    data.reverse()
    view = memoryview(data)[100:4000:3]
    table = bytes.maketrans(b"abc", b"xyz")
    return [sum(view), data.translate(table).count(b"xyz"[0]), bytes(view[:5]).hex(":"), bytes.fromhex("00ff10").rjust(5, b".").decode("latin-1")]
