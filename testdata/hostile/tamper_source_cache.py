# What tracebacks are made of, replaced: the source, and who looks it up.
# Before its first run this said "exception ZeroDivisionError: division by zero": the text around an
# exception needs the source, and who replaces that gets none.
#
# outcome: exception ZeroDivisionError: not describable
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import linecache
import sys

linecache.cache["tamper_source_cache.py"] = (1, None, ["a lie\n"] * 100, "tamper_source_cache.py")
linecache.getline = linecache.getlines = lambda *args: 1 / 0
sys.modules["__main__"].__loader__ = None
sys.tracebacklimit = -(10**9)
sys.excepthook = sys.__excepthook__ = None


def run(params):
    return 1 / 0
