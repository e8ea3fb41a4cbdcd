# A dict whose contents change each time that somebody looks.
#
# outcome: exception ValueError: is not JSON
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
class Liar(dict):
    looks = 0

    def items(self):
        self.looks += 1
        return [[("a", 1), ("a", float("nan"))], [("b", Liar()), ("b", float("inf"))]][self.looks % 2]

    def __len__(self):
        return -5 if self.looks else 2**31 - 1

    keys = values = __iter__ = __getitem__ = None


def run(params):
    return {"outer": [Liar(a=1), Liar(b=2)]}
