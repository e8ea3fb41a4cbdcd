import pickle


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __reduce__(self):
        return Pair, (self.a, self.b)


def run(params):
    data = {i: [Pair(i, str(i)), {i, -i}, (i, None, b"x" * i)] for i in range(100)}
    sizes = [len(pickle.dumps(data, protocol)) > 0 for protocol in range(6)]
    again = pickle.loads(pickle.dumps(data))
    return [sizes, again[42][0].b, again[7][1] == {7, -7}]
