# The last thing the zygote runs: removes the traces of warming up, leaves room on the
# heap, tells the garbage collector that what is there now stays, and tells the host
# where it is.
import array
import gc
import linecache
import os
import sys
import types


def lasting(roots):
    """Everything that modules hold, directly or not: it lives as long as they do."""
    found, ids, pending = [], set(), roots
    while pending:
        thing = pending.pop()
        if id(thing) in ids:
            continue
        ids.add(id(thing))
        found.append(thing)
        pending += gc.get_referents(thing)
        if isinstance(thing, types.CodeType):  # not the collector's: it has no referents
            pending += (thing.co_consts, thing.co_names, thing.co_filename, thing.co_name, thing.co_qualname)
            pending += (thing.co_linetable, thing.co_exceptiontable)
    return found


os.chdir("/")
os.environ.clear()
sys.argv[:] = [""]
linecache.clearcache()
sys.modules.pop("__script__", None)
sys.modules.pop("__main__", None)
bytearray(16 << 20)
gc.collect()

# The host reads the reference count that means "immortal", which None has, None's
# address, and the addresses of what is to become immortal, too: else every task
# writes to all it merely uses.
keep = lasting([*sys.modules.values(), *object.__subclasses__()])
sys.stdout.buffer.write(array.array("I", [sys.getrefcount(None), id(None), *map(id, keep)]).tobytes())
sys.stdout.flush()
# None of them may be freed before the host has read this: frozen, a cycle is never found.
keep.append(keep)
del keep
gc.freeze()
