def run(params):
    total, x = 0, 7
    for i in range(4000):
        x = (x * 1103515245 + 12345) % 2147483648
        total += x // (i + 1) - (x ^ i) + (x >> 3)
    return total
