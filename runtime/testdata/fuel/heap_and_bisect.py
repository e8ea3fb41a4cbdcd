import bisect
import heapq


def run(params):
    x, heap, ordered = 1, [], []
    for _ in range(800):
        x = x * 16807 % 2147483647
        heapq.heappush(heap, x % 1000)
        bisect.insort(ordered, x % 1000)
    popped = [heapq.heappop(heap) for _ in range(200)]
    merged = list(heapq.merge(popped, ordered[:100]))
    return [popped == ordered[:200], heapq.nlargest(3, heap), bisect.bisect_left(ordered, 500), len(merged)]
