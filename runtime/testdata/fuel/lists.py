def run(params):
    stack = []
    for i in range(3000):
        stack.append(i)
        if i % 3 == 0:
            stack.insert(len(stack) // 2, stack.pop())
    stack[10:20] = [0] * 100
    del stack[::7]
    matrix = [[i * j for j in range(30)] for i in range(30)]
    turned = list(zip(*matrix[::-1]))
    return [len(stack), stack.index(0), stack.count(0), sum(map(sum, turned)), turned[3][4]]
