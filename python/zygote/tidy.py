# The last thing the zygote runs: removes the traces of warming up, leaves room on the
# heap, and tells the garbage collector that what is there now stays.
import gc
import linecache
import os
import sys

os.chdir("/")
os.environ.clear()
sys.argv[:] = [""]
linecache.clearcache()
sys.modules.pop("__script__", None)
sys.modules.pop("__main__", None)
bytearray(16 << 20)
gc.collect()
gc.freeze()
