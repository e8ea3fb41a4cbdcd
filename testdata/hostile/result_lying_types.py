# Subclasses of all that is JSON, whose methods say something else.
# Before its first run there was a list among them: the encoder does ask a list for its iterator.
#
# outcome: value {"s":"truth","i":1,"f":0.5,"l":["truth"],"k":{"truth":true}}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
def lies(self, *args):
    return "lie"


def cls(base):
    names = "__repr__ __str__ __format__ __hash__ encode __bytes__ __iter__ __index__ __int__ __float__ __len__ __getitem__ __eq__ __bool__ isoformat"
    return type("Liar", (base,), dict.fromkeys(names.split(), lies) | {"__hash__": base.__hash__})


def run(params):
    truth = cls(str)("truth")
    return {"s": truth, "i": cls(int)(1), "f": cls(float)(0.5), "l": [truth], "k": cls(dict)(truth=True)}
