"""A warm process pool that runs scripts: what BenchmarkPool compares Vivarium with.

Reads one JSON command a line, {"path", "params", "tasks", "chunk", "window"}, and
answers each with one line, {"seconds", "value", "wrong"}: how long so many tasks
took, what the first returned, and how many returned something else.

A task is what it is in Vivarium but for the isolation: the script's code, compiled
once, runs in a new namespace, and the value comes back as JSON text.
"""

import collections
import concurrent.futures
import json
import sys
import time
import types

WORKERS = 2

_code = {}  # in a worker: compiled scripts by path


def task(path, params):
    code = _code.get(path)
    if code is None:
        with open(path, "rb") as file:
            code = _code[path] = compile(file.read(), path, "exec")
    space = types.ModuleType("__script__").__dict__
    exec(code, space)
    return json.dumps(space["module"]().run(params), separators=(",", ":"))


def task_of(pair):
    return task(*pair)


def values(pool, path, params, tasks, chunk, window):
    """The tasks' values: one task a message with at most window in flight, or in chunks."""
    if chunk > 1:
        yield from pool.map(task_of, ((path, params) for _ in range(tasks)), chunksize=chunk)
        return
    flying = collections.deque()
    for _ in range(tasks):
        if len(flying) == window:
            yield flying.popleft().result()
        flying.append(pool.submit(task, path, params))
    while flying:
        yield flying.popleft().result()


def main():
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        for line in sys.stdin:
            start = time.perf_counter()
            found = collections.Counter(values(pool, **json.loads(line)))
            seconds = time.perf_counter() - start
            value = next(iter(found), None)
            print(json.dumps({"seconds": seconds, "value": value, "wrong": found.total() - found[value]}), flush=True)


if __name__ == "__main__":
    main()
