def step(alive):
    counts = {}
    for x, y in alive:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    counts[x + dx, y + dy] = counts.get((x + dx, y + dy), 0) + 1
    return {cell for cell, n in counts.items() if n == 3 or n == 2 and cell in alive}


alive = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2), (10, 10), (10, 11), (10, 12)}
for _ in range(40):
    alive = step(alive)
print(sorted(alive))
