# Leaves traces, hooks, codecs, numbers and contexts behind, all of which the next task must not meet.
#
# outcome: value {"left":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import atexit
import codecs
import contextvars
import decimal
import faulthandler
import gc
import linecache
import locale
import marshal
import random
import sys
import time
import types
import warnings


def run(params):
    sys.settrace(lambda *event: None)
    sys.setprofile(lambda *event: None)
    sys.addaudithook(lambda *event: None)
    sys.setrecursionlimit(50)
    sys.setswitchinterval(1000)
    sys.set_int_max_str_digits(640)
    sys.excepthook = sys.unraisablehook = sys.displayhook = print
    sys.path_hooks.insert(0, print)
    sys.intern("left" + str(time.time()))
    gc.disable()
    gc.set_threshold(1)
    gc.freeze()
    gc.callbacks.append(print)
    decimal.getcontext().prec = 1
    decimal.DefaultContext.prec = 2
    contextvars.ContextVar("left").set(1)
    random.seed(1)
    warnings.simplefilter("error")
    locale.setlocale(locale.LC_ALL, "C")
    codecs.register(lambda name: None)
    codecs.register_error("strict", lambda error: ("", error.end))
    linecache.cache["canary.py"] = (1, None, ["evil\n"], "canary.py")
    faulthandler.enable()
    atexit.register(print, "left")
    time.sleep = time.time = marshal.loads = lambda *args: 0
    import _vivarium_boot

    for name, value in list(vars(_vivarium_boot).items()):
        if isinstance(value, types.FunctionType) and name != "_flush":
            value.__defaults__ = value.__kwdefaults__ = None
    _vivarium_boot.run.__code__ = _vivarium_boot.compile_script.__code__
    return {"left": True}
