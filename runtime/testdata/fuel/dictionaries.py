def run(params):
    counts = {}
    for i in range(3000):
        key = f"key {i * i % 701}"
        counts[key] = counts.get(key, 0) + i
    for key in list(counts)[::3]:
        del counts[key]
    merged = counts | {"extra": 1} | {v: k for k, v in counts.items()}
    return [len(merged), counts.popitem(), sum(v for v in counts.values()), next(reversed(counts))]
