# Allocates 40 MiB at once, then again in pieces, and writes to all of it.
def run(params):
    block = bytearray(40 << 20)
    block[-1] = 7
    last = block[-1]
    del block
    pieces = [bytes([i]) * (1 << 20) for i in range(40)]
    return [last, sum(piece[-1] for piece in pieces)]
