import collections


def run(params):
    counter = collections.Counter("abracadabra" * 30)
    queue = collections.deque(range(200), maxlen=100)
    queue.rotate(7)
    groups = collections.defaultdict(list)
    for i in range(600):
        groups[i % 17].append(i)
    chain = collections.ChainMap({"a": 1}, {"b": 2}, {"a": 3})
    ordered = collections.OrderedDict.fromkeys("zyxw")
    ordered.move_to_end("z")
    return [counter.most_common(3), queue[0], len(groups[3]), chain["a"] + chain["b"], "".join(ordered), (counter - collections.Counter("abra")).total()]
