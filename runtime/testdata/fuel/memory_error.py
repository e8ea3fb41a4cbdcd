# The limit is 128 MiB.
def run(params):
    blocks = []
    try:
        while True:
            blocks.append(bytearray(8 << 20))
    except MemoryError:
        n = len(blocks)
        blocks.clear()
        return n
