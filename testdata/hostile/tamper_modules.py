# Every module is gone when the result is handed over.
#
# outcome: value {"left":0}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys


def run(params):
    gone = list(sys.modules.values())
    sys.modules.clear()
    sys.meta_path.clear()
    sys.path_hooks.clear()
    for module in gone:
        if module.__name__ in ("signal", "warnings", "encodings", "codecs", "io", "os"):
            vars(module).clear()
    return {"left": len(sys.modules)}
