# Names that are too long, hold a NUL, are no text, or look like another one.
#
# outcome: value {"found":[],"legal":["é","data.txt"]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: ro
import os


def run(params):
    found = []
    for name in (
        "a" * 256,
        "a/" * 5000,
        "../" * 5000 + "etc/passwd",
        "\udcff\udcfe",
        b"\xff\xfe",
        "..\\secret.txt",
        "\u2025/secret.txt",
        "．．/secret.txt",
        "%2e%2e/secret.txt",
        "data.txt/../../secret.txt",
        "data.txt\0.py",
        "",
        "sub/" + "./" * 3000 + "../../secret.txt",
    ):
        path = "/data/" + name if isinstance(name, str) else b"/data/" + name
        for act in (os.stat, open, os.listdir, os.readlink):
            try:
                found.append([ascii(name)[:50], str(act(path))[:50]] if name else [])
            except (OSError, ValueError):
                pass
    open("/tmp/é", "w").close()
    return {"found": [f for f in found if f], "legal": [os.listdir("/tmp")[0], *(n for n in os.listdir("/data") if n == "data.txt")]}
