"""A warm process pool that runs scripts: what Vivarium is compared with.

Its argument is the number of processes. It reads one JSON command a line, {"path", "params",
"tasks", "chunk", "window", "keep"}, and answers each with one line, {"seconds", "each",
"value", "wrong"}: how long so many tasks took, together and, if they are sent one by one, from
submission to result; what the first returned, and how many returned something else.

A task is what it is in Vivarium but for the isolation: the script, compiled once, is
loaded and runs in a new namespace, and the value comes back as JSON text. Loading is
importlib's, with the bytecode that it keeps in a file; with "keep" a worker holds the
code and never looks at the file again.
"""

import collections
import concurrent.futures
import importlib.util
import json
import sys
import tempfile
import time
import types

_code = {}  # in a worker: compiled scripts by path


def load(path):
    spec = importlib.util.spec_from_file_location("__script__", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def load_kept(path):
    code = _code.get(path)
    if code is None:
        with open(path, "rb") as file:
            code = _code[path] = compile(file.read(), path, "exec")
    script = types.ModuleType("__script__")
    exec(code, script.__dict__)
    return script


def task(path, params, keep):
    script = load_kept(path) if keep else load(path)
    return json.dumps(script.module().run(params), separators=(",", ":"))


def task_of(arguments):
    return task(*arguments)


def values(pool, each, path, params, tasks, chunk, window, keep):
    """The tasks' values: one task a message with at most window in flight, or in chunks."""

    def land():
        began, task = flying.popleft()
        value = task.result()
        each.append(time.perf_counter() - began)
        return value

    if chunk > 1:
        yield from pool.map(task_of, ((path, params, keep) for _ in range(tasks)), chunksize=chunk)
        return
    flying = collections.deque()
    for _ in range(tasks):
        if len(flying) == window:
            yield land()
        flying.append((time.perf_counter(), pool.submit(task, path, params, keep)))
    while flying:
        yield land()


def main():
    with tempfile.TemporaryDirectory() as sys.pycache_prefix, concurrent.futures.ProcessPoolExecutor(int(sys.argv[1])) as pool:
        for line in sys.stdin:
            start = time.perf_counter()
            each = []
            found = collections.Counter(values(pool, each, **json.loads(line)))
            seconds = time.perf_counter() - start
            value = next(iter(found), None)
            print(json.dumps({"seconds": seconds, "each": each, "value": value, "wrong": found.total() - found[value]}), flush=True)


if __name__ == "__main__":
    main()
