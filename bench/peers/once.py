"""Runs one script in a process of its own, and prints its value as JSON: what a program does
that starts `python3 -I -S once.py SCRIPT` for each task. The params are JSON on stdin."""

import json
import sys

space = {"__name__": "__script__"}
with open(sys.argv[1], "rb") as file:
    exec(compile(file.read(), sys.argv[1], "exec"), space)
print(json.dumps(space["module"]().run(json.load(sys.stdin)), separators=(",", ":")))
