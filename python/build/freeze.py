"""Compiles Python modules into one blob and a C table of frozen modules.

usage: freeze.py OUT_DIR TZDATA_DIR LIB...

Each LIB is a folder of modules; a later one must not repeat a name. Run by the
native Python of the same version, with PYTHONHASHSEED=0. OUT_DIR gets stdlib.bin
and frozen.c. Docstrings and asserts stay: argparse, doctest, inspect and unittest
rely on them.
"""

import importlib.util
import marshal
import pathlib
import sys

# Folders that cannot work in the sandbox, or that no script imports.
LEFT_OUT = {
    "__phello__", "__pycache__", "ctypes", "curses", "ensurepip", "idlelib", "lib2to3", "pathlib_tests",
    "site-packages", "test", "tests", "tkinter", "turtledemo", "venv",
}

# What sysconfig asks for; the real one lists the paths of the build machine.
SYSCONFIG_DATA = """build_time_vars = {
    'HOST_GNU_TYPE': 'wasm32-unknown-wasip1', 'Py_DEBUG': 0, 'Py_GIL_DISABLED': 0, 'TZPATH': '',
    'VERSION': '3.13', 'exec_prefix': '/', 'prefix': '/',
}
"""

TZDATA = '''"""The time zone database, as compiled by zic."""

_ZONES = {zones!r}
_LINKS = {links!r}


def load(key):
    """The zone's TZif data, or None."""
    return _ZONES.get(_LINKS.get(key, key))


def keys():
    return [*_ZONES, *_LINKS]
'''


def modules(lib):
    """(name, is_package, source) of each module in the folder lib."""
    for path in sorted(lib.rglob("*.py")):
        parts = path.relative_to(lib).with_suffix("").parts
        if LEFT_OUT & set(parts[:-1]) or parts[-1] in LEFT_OUT:
            continue
        package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if package else parts)
        if name.isidentifier() or all(part.isidentifier() for part in name.split(".")):
            yield name, package, path.read_bytes()


def tzdata(folder):
    """Module _vivarium_tzdata: zones with the same rules are stored once."""
    zones, links, seen = {}, {}, {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        key, data = path.relative_to(folder).as_posix(), path.read_bytes()
        if not data.startswith(b"TZif"):
            continue
        if data in seen:
            links[key] = seen[data]
        else:
            seen[data], zones[key] = key, data
    return TZDATA.format(zones=zones, links=links).encode()


def main(out, zones, *libs):
    out = pathlib.Path(out)
    found = {}
    for lib in libs:
        for name, package, source in modules(pathlib.Path(lib)):
            if name in found:
                sys.exit(f"freeze: two modules are called {name}")
            found[name] = package, source
    found["_sysconfigdata__wasi_wasm32-wasi"] = False, SYSCONFIG_DATA.encode()
    found["_vivarium_tzdata"] = False, tzdata(pathlib.Path(zones))
    blob, table = bytearray(), []
    for name, (package, source) in sorted(found.items()):
        code = compile(importlib.util.decode_source(source), f"<frozen {name}>", "exec", dont_inherit=True, optimize=0)
        data = marshal.dumps(code)
        blob += bytes(-len(blob) % 8)
        table.append(f'    {{"{name}", blob + {len(blob)}, {len(data)}, {int(package)}}},\n')
        blob += data
    (out / "stdlib.bin").write_bytes(blob)
    (out / "frozen.c").write_text(
        "#include <Python.h>\n\n"
        'static const unsigned char blob[] __attribute__((aligned(8))) = {\n#embed "stdlib.bin"\n};\n\n'
        "const struct _frozen vivarium_frozen[] = {\n" + "".join(table) + "    {0, 0, 0, 0},\n};\n"
    )
    print(f"{len(table)} modules, {len(blob)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
