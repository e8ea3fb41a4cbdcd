# Paths that begin at a descriptor.
#
# outcome: value {"found":[],"mine":"print('hello')\n"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    found = []
    sub = os.open("/data/sub", os.O_RDONLY)
    data = os.open("/data", os.O_RDONLY)
    for fd in (sub, data, 3):
        for path in ("../secret.txt", "../../secret.txt", "up/secret.txt", "../up/secret.txt", "secret.txt", "/etc/passwd", "../../../etc/passwd"):
            for act in (os.open, os.stat, os.unlink):
                try:
                    found.append([fd, path, str(act(path, os.O_RDONLY, dir_fd=fd) if act is os.open else act(path, dir_fd=fd))])
                except OSError:
                    pass
    return {"found": found, "mine": os.read(os.open("deep.py", os.O_RDONLY, dir_fd=sub), 100).decode()}
