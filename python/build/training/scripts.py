"""Training: what the sandbox itself does a lot — compiling scripts, importing, running small tasks, asyncio, reporting errors."""

import ast
import asyncio
import json
import marshal
import traceback

SCRIPT = '''
import math

RATES = {"a": 0.1, "b": 0.25}

class Invoice:
    """Adds things up."""

    def __init__(self, rows, *, discount=0.0):
        self.rows = [r for r in rows if r.get("n", 0) > 0]
        self.discount = discount

    @property
    def total(self):
        return sum(r["n"] * r["price"] * (1 + RATES.get(r["tax"], 0)) for r in self.rows) * (1 - self.discount)

    def run(self, params):
        out = []
        for i, row in enumerate(self.rows):
            try:
                out.append(f"{i:>3} {row['name']!r}: {math.floor(row['price'] * 100) / 100:.2f}")
            except KeyError as error:
                out.append(str(error))
        while len(out) > 50 and params:
            out.pop()
        return {"lines": out, "total": round(self.total, 2), "status": "ok" if out else "empty"}

def module(rows=()):
    return Invoice(rows, discount=0.05)
'''


def task(code, n):
    space = {"__name__": "__script__"}
    exec(code, space)
    rows = [{"name": f"item{i}", "n": i % 5, "price": i * 1.5, "tax": "ab"[i % 2]} for i in range(n)]
    return json.dumps(space["module"](rows).run({"x": 1}), separators=(",", ":"))


async def worker(queue, out):
    while (item := await queue.get()) is not None:
        await asyncio.sleep(0)
        out.append(item * 2)


async def pipeline():
    queue, out = asyncio.Queue(10), []
    async with asyncio.TaskGroup() as group:
        group.create_task(worker(queue, out))
        for i in range(200):
            await queue.put(i)
        await queue.put(None)
    return sum(await asyncio.gather(*(asyncio.sleep(0, i) for i in range(50)))) + len(out)


def fault(n):
    try:
        if n:
            return fault(n - 1) + 1
        return {}["missing"]
    except KeyError as error:
        if n == 5:
            return len("".join(traceback.format_exception(error)))
        raise


for round in range(60):
    tree = compile(SCRIPT, "script.py", "exec", ast.PyCF_ONLY_AST)
    code = marshal.loads(marshal.dumps(compile(tree, "script.py", "exec")))
    for _ in range(20):
        task(code, 40)
    ast.unparse(tree)
    fault(5)
for _ in range(6):
    asyncio.run(pipeline())
