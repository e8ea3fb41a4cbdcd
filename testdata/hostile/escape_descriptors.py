# Descriptors that it guesses: all small ones, and some that are none.
#
# outcome: value {"found":[],"own":"mine"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    found = []
    mine = os.open("/tmp/mine", os.O_CREAT | os.O_RDWR)
    os.write(mine, b"mine")
    mounts = 16
    for fd in [*range(mounts, 301), 1 << 20, (1 << 31) - 1, -1, -(1 << 31), 1 << 70]:
        if fd == mine:
            continue
        for act in (os.fstat, lambda fd: os.read(fd, 1), lambda fd: os.write(fd, b"x"), os.fsync, os.close):
            try:
                act(fd)
                found.append(fd)
            except (OSError, ValueError, OverflowError):
                pass
    for fd in range(mounts):
        for name in ("secret.txt", "../secret.txt", "../etc/passwd", "/etc/passwd", "mounted/../../secret.txt"):
            try:
                os.open(name, os.O_RDONLY, dir_fd=fd)
                found.append([fd, name])
            except (OSError, NotImplementedError):
                pass
    os.lseek(mine, 0, 0)
    return {"found": found, "own": os.read(mine, 10).decode()}
