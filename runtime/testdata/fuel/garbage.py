import gc
import weakref


class Node:
    gone = 0

    def __del__(self):
        Node.gone += 1


def run(params):
    references = []
    for _ in range(400):
        a, b = Node(), Node()
        a.other, b.other = b, a
        references.append(weakref.ref(a))
    del a, b
    found = gc.collect()
    table = weakref.WeakValueDictionary({i: Node() for i in range(20)})
    return [Node.gone, sum(r() is None for r in references), len(table), found > 0]
