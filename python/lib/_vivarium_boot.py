"""The Python half of the guest: compiles a script, runs it, hands over what came of it.

guest/vivarium.c calls init once, then compile_script and run. A script can
reach and break everything here; that harms only itself, because the host
believes nothing a guest says beyond its own task.
"""

import ast
import builtins
import marshal
import os
import signal
import sys
import time
import types

import _vivarium
import _vivarium_json
import _vivarium_logging
import vivarium

# VIV_IN_* and VIV_RUN_* of guest/vivarium_abi.h.
IN_NAME, IN_SOURCE, IN_CODE, IN_PARAMS, IN_ENV, IN_PREIMPORT = range(6)
RUN_OK, RUN_RAISED, RUN_EXIT = range(3)

HOME = "/tmp"  # cwd of every script; private and writable
ENTRY_MODULE = "__script__"  # __name__ of a script with an entry point
MAX_TRACEBACK_FRAMES = 100
MAX_TRACEBACK_CHARS = 64 << 10
MAX_MESSAGE_CHARS = 8 << 10


def init():
    """Prepares the interpreter once, before any script."""
    signal.signal(signal.SIGINT, _on_interrupt)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    _vivarium_logging.install()
    wanted = _vivarium.input(IN_PREIMPORT)
    if wanted:
        import importlib
        import json

        for name in json.loads(wanted):
            importlib.import_module(name)


def compile_script():
    """The marshalled (has_entry, code) of the script, or None after reporting why not."""
    name = _text(IN_NAME)
    try:
        source = _vivarium.input(IN_SOURCE)
        tree = compile(source, name, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        code = compile(tree, name, "exec", dont_inherit=True)
        return marshal.dumps((_defines_entry(tree.body), code))
    except BaseException as error:
        _report(error)
        return None


def run():
    """Runs the compiled script; a RUN_* value."""
    global _over
    _over = False
    has_entry = True
    try:
        has_entry, code = marshal.loads(_vivarium.input(IN_CODE))
        _settle()
        if has_entry:
            _run_entry(code)
        else:
            exec(code, _new_main("__main__").__dict__)
        status = RUN_OK
    except SystemExit as error:
        _over = True
        status = RUN_RAISED if has_entry else RUN_EXIT
        _report(error)
    except BaseException as error:
        _over = True
        status = RUN_RAISED
        _report(error)
    _over = True
    _flush()
    return status


def _settle():
    """Gives the script its own surroundings: directory, environment, argv, randomness."""
    os.chdir(HOME)
    environment = _vivarium.input(IN_ENV)
    if environment:
        import json

        os.environ.update(json.loads(environment))
    sys.argv[:] = [_text(IN_NAME)]
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "logging" in sys.modules:  # relativeCreated counts from here, not from the image's boot
        sys.modules["logging"]._startTime = time.time_ns()


def _run_entry(code):
    space = _new_main(ENTRY_MODULE).__dict__
    exec(code, space)
    factory, function = space.get("module"), space.get("run")
    if callable(factory):
        made = factory()
        function = getattr(made, "run", None)
        if not callable(function):
            raise TypeError(f"module() returned a {type(made).__name__} without a run(params) method")
    elif not callable(function):
        return  # the names turned out not to be an entry point: a plain script
    value = function(vivarium.params())
    if isinstance(value, types.CoroutineType):
        import asyncio

        value = asyncio.run(value)
    _vivarium_json.hand_over(value)


def _new_main(name):
    main = types.ModuleType(name)
    main.__builtins__ = builtins
    main.__file__ = _text(IN_NAME)
    main.__loader__ = _SourceLoader
    # Under both names: `import __main__` and pickle look there.
    sys.modules["__main__"] = sys.modules[name] = main
    return main


class _SourceLoader:
    """Lets linecache, and so tracebacks and inspect, find the script's lines."""

    @staticmethod
    def get_source(name):
        return _vivarium.input(IN_SOURCE).decode("utf-8", "replace")


def _defines_entry(body):
    """Whether statements bind `module` or `run` at the script's top level."""
    for node in body:
        match node:
            case ast.FunctionDef(name="module" | "run") | ast.AsyncFunctionDef(name="run") | ast.ClassDef(name="module"):
                return True
            case ast.Assign(targets=targets):
                if any(isinstance(t, ast.Name) and t.id in ("module", "run") for t in targets):
                    return True
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                if any((n.asname or n.name) in ("module", "run") for n in names):
                    return True
            case ast.If() | ast.Try() | ast.With():
                inner = list(node.body) + list(getattr(node, "orelse", ()))
                inner += getattr(node, "finalbody", ())
                inner += [s for h in getattr(node, "handlers", ()) for s in h.body]
                if _defines_entry(inner):
                    return True
    return False


_over = False  # the script's part of run has ended


def _on_interrupt(signum, frame):
    """Runs at the next bytecode after the host asked for a soft stop.

    Between the script and the host nothing may raise: then the script's outcome
    counts, and the host knows what it asked for.
    """
    if _over or frame is None or frame.f_globals is globals():
        return
    raise vivarium.interruption(_vivarium.interrupt_reason())


def _report(error):
    """Hands the host a structured error; never raises."""
    try:
        _vivarium.error(_describe(error))
    except BaseException as second:
        try:
            kind = type(error)
            fallback = {"builtin": kind.__module__ == "builtins", "type": kind.__name__, "message": f"(not describable: {type(second).__name__})"}
            _vivarium.error(_vivarium_json.encode(fallback))
        except BaseException:
            pass  # the host reports a script error without details


def _describe(error):
    import traceback

    described = traceback.TracebackException.from_exception(error, limit=-MAX_TRACEBACK_FRAMES, compact=True)
    _drop_own_frames(described)
    kind = type(error)
    report = {
        "builtin": kind.__module__ == "builtins",
        "type": kind.__qualname__ if kind.__module__ in ("builtins", "__main__", ENTRY_MODULE) else f"{kind.__module__}.{kind.__qualname__}",
        "message": _clean(_message(error), MAX_MESSAGE_CHARS),
        "frames": [
            {"file": _clean(f.filename, 500), "line": f.lineno or 0, "function": _clean(f.name, 500), "source": _clean(f.line or "", 500)}
            for f in described.stack
        ],
        "traceback": _clean("".join(described.format()), MAX_TRACEBACK_CHARS),
    }
    if isinstance(error, SystemExit):
        report["exit_code"], text = _exit_code(error.code)
        if text:
            print(text, file=sys.stderr)
    return _vivarium_json.encode(report)


def _drop_own_frames(described):
    """Removes the bootstrap's frames from a TracebackException and all it is chained to."""
    own, pending, seen = _drop_own_frames.__code__.co_filename, [described], set()
    while pending:
        exception = pending.pop()
        if exception is None or id(exception) in seen:
            continue
        seen.add(id(exception))
        exception.stack[:] = [frame for frame in exception.stack if frame.filename != own]
        pending += [exception.__cause__, exception.__context__, *(exception.exceptions or ())]


def _message(error):
    try:
        return str(error)
    except BaseException as second:
        return f"(its __str__ raised {type(second).__name__})"


def _exit_code(code):
    """What sys.exit(code) means to a shell: (number, text for stderr)."""
    if code is None:
        return 0, ""
    if isinstance(code, int):
        return code & 0xFF, ""
    return 1, str(code)


def _clean(text, limit):
    """text as valid UTF-8 of at most limit characters, its middle cut out."""
    if len(text) > limit:
        text = f"{text[: limit // 2]}\n… {len(text) - limit} characters cut …\n{text[-limit // 2 :]}"
    return text.encode("utf-8", "backslashreplace").decode()


def _flush():
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except BaseException:
            pass  # closed, replaced or removed by the script: nothing of ours is lost


def _text(kind):
    return (_vivarium.input(kind) or b"").decode("utf-8", "replace")
