import heapq


def run(params):
    edges = {i: [((i * 7 + k) % 300, (i * k) % 11 + 1) for k in range(1, 5)] for i in range(300)}
    best, queue = {0: 0}, [(0, 0)]
    while queue:
        cost, node = heapq.heappop(queue)
        if cost > best[node]:
            continue
        for other, weight in edges[node]:
            if cost + weight < best.get(other, 10**9):
                best[other] = cost + weight
                heapq.heappush(queue, (best[other], other))
    return [len(best), sum(best.values())]
