import pprint
import reprlib


def run(params):
    data = {f"key{i}": {"list": list(range(i % 12)), "text": "word " * (i % 9), "set": {i, i + 1}} for i in range(25)}
    return [len(pprint.pformat(data, width=60, compact=True)), reprlib.repr(list(range(1000))), pprint.saferepr(data)[:30]]
