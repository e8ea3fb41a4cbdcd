import operator


def run(params):
    x, rows = 1, []
    for i in range(1500):
        x = x * 48271 % 2147483647
        rows.append((x % 100, str(x), -i))
    rows.sort(key=operator.itemgetter(0))
    rows.sort(key=lambda r: r[1], reverse=True)
    return [rows[0], sorted(rows, key=lambda r: (r[0], r[2]))[3], max(rows), min(rows, key=operator.itemgetter(2))]
