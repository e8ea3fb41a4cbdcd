# Modules of its own, in the scratch, in the place of those that the next task will import.
#
# outcome: value {"json":"evil","again":"evil"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import importlib
import importlib.util
import os
import py_compile
import sys


def run(params):
    for name in ("json", "re", "decimal", "sitecustomize", "usercustomize", "encodings", "_vivarium_boot", "csv"):
        with open(f"/tmp/{name}.py", "w") as f:
            f.write("name = 'evil'\ndef loads(*a): return 'evil'\n")
        py_compile.compile(f"/tmp/{name}.py", f"/tmp/__pycache__/{name}.cpython-313.pyc")
        py_compile.compile(f"/tmp/{name}.py", f"/tmp/{name}.pyc")
    sys.path[:] = ["/tmp", "/data", "/"]
    sys.dont_write_bytecode = False
    sys.pycache_prefix = "/tmp/cache"
    sys.path_importer_cache.clear()
    sys.meta_path.reverse()
    old = sys.modules.pop("json")
    evil = importlib.import_module("json").name
    sys.modules["json"] = old
    os.environ["PYTHONPATH"] = os.environ["PYTHONSTARTUP"] = "/tmp"
    spec = importlib.util.spec_from_file_location("csv", "/tmp/csv.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    sys.modules["csv"] = made
    return {"json": evil, "again": made.name}
