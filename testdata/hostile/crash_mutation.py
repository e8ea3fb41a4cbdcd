# Comparisons and callbacks that change what is just being worked on.
#
# outcome: value "survived"
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import gc
import weakref


class Key:
    def __hash__(self):
        return 1

    def __eq__(self, other):
        table.clear()
        items.clear()
        del data[:]
        return False


class Cycle:
    pass


table, items, data = {}, [], bytearray(100)


def run(params):
    for _ in range(200):
        try:
            table.update({Key(): 1, 1: 2})
            table[Key()] = Key()
            items.extend(Key() for _ in range(10))
            items.index(1)
            items.sort(key=lambda k: k == 1)
            data.extend([1, 2, 3])
            data[Key() == 1 :] = b"12345"
            {Key(): 1} == {Key(): 1}
            table.get(Key()), Key() in table, table.pop(Key(), None)
            cycle = Cycle()
            cycle.self, watch = cycle, weakref.ref(cycle, lambda _: items.clear())
            del cycle
            gc.collect()
        except (RuntimeError, ValueError, KeyError):
            pass
    return "survived"
