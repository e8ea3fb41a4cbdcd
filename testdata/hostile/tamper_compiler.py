# Everything that compiles scripts and loads code, replaced, so that the next task's is another.
#
# outcome: value {"entry":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import ast
import builtins
import marshal

import _vivarium_boot

real = _vivarium_boot.compile_script, marshal.loads


def run(params):
    has_entry, code = real[1](real[0]())
    evil = compile("def run(params): return 'evil'", "evil.py", "exec")
    builtins.compile = builtins.exec = lambda *args, **options: evil
    marshal.loads = lambda data: (True, evil)
    marshal.dumps = lambda value: b"evil"
    ast.parse = None
    _vivarium_boot.compile_script.__code__ = (lambda: b"evil").__code__
    _vivarium_boot.run.__code__ = (lambda: 1).__code__
    _vivarium_boot.run.__globals__["_run_entry"] = lambda code: None
    return {"entry": has_entry}
