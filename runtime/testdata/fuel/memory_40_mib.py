# Allocates 40 MiB at once and then in pieces, and writes to all of it.
def run(params):
    block = bytearray(40 << 20)
    block[::4096] = b"x" * (len(block) // 4096)
    found = block.count(b"x")
    del block
    pieces = [bytes([i]) * (1 << 20) for i in range(40)]
    return [found, sum(piece[-1] for piece in pieces)]
