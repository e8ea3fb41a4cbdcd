"""Writes modules/MANIFEST.json: what the artefact is, and what it was made from.

usage: manifest.py MODULES_DIR WORK_DIR PINS ABI RECIPE_DIGEST FLAG=VALUE...
"""

import hashlib
import json
import pathlib
import platform
import subprocess
import sys

TOOLS = ("clang-19", "lld-19", "llvm-19", "libclang-rt-19-dev-wasm32", "libc-bin")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def version(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True, capture_output=True, text=True).stdout


def main(modules, work, pins, abi, recipe, *flags):
    modules, work = pathlib.Path(modules), pathlib.Path(work)
    rows = [line.split("\t") for line in pathlib.Path(pins).read_text().splitlines() if not line.startswith("#")]
    raw, packed = work / "cpython.wasm", modules / "cpython.wasm.zst"
    inspected = json.loads((work / "inspect.json").read_text())
    manifest = {
        "cpython": platform.python_version(),
        "abi": int(abi),
        "sources": [{"package": p, "version": v, "file": f, "sha256": s} for p, v, _, _, f, s in rows],
        "tools": {tool: version(tool) for tool in TOOLS},
        "flags": dict(flag.split("=", 1) for flag in flags),
        "recipe_sha256": recipe,
        "raw_sha256": sha256(raw),
        "raw_size": raw.stat().st_size,
        "unmetered_sha256": sha256(work / "unmetered.wasm"),
        "sha256": sha256(packed),
        "size": packed.stat().st_size,
        "imports": sorted(f"{i['module']}.{i['name']}" for i in inspected["imports"]),
        "exports": sorted(e["name"] for e in inspected["exports"]),
        "passes": ["meter/1"],
        "licenses": sorted(path.name for path in (modules / "LICENSES").iterdir()),
    }
    (modules / "MANIFEST.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(f"{packed.name}: {manifest['size']} bytes, module {manifest['raw_size']}, sha256 {manifest['raw_sha256']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
