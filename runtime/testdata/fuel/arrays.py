import array


def run(params):
    numbers = array.array("d", (i / 3 for i in range(2000)))
    numbers.extend(numbers[:100])
    numbers.reverse()
    shorts = array.array("h", [1, -2, 3])
    shorts.byteswap()
    return [len(numbers), sum(numbers), shorts.tolist(), numbers.buffer_info()[1], array.array("u", "añ").tounicode()]
