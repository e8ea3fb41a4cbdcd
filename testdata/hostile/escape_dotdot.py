# Paths that lead out of a mount.
#
# outcome: value {"found":[]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    found = []
    for path in (
        "/data/../secret.txt",
        "/data/sub/../../secret.txt",
        "/data/up/secret.txt",
        "/data/secret",
        "/data/absolute",
        "/data/proc",
        "/data/./sub/.././../secret.txt",
        "/data/mounted/../../secret.txt",
        "//data//..//secret.txt",
    ):
        for act in (os.stat, lambda p: open(p).read(), lambda p: open(p, "w"), os.listdir):
            try:
                found.append([path, str(act(path))])
            except OSError:
                pass
    return {"found": found}
