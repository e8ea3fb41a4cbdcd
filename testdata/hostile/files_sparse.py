# Files of which almost everything is a hole, until all of them are written.
# Before its first run the holes had to fit into the scratch: they cost nothing.
#
# outcome: value {"written":true,"read":"x"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os


def run(params):
    fds, written, chunk = [os.open(f"/tmp/{n}", os.O_CREAT | os.O_RDWR) for n in range(100)], 0, b"x" * 65536
    for fd in fds:
        os.pwrite(fd, b"x", (1 << 40) + 10)
    os.ftruncate(fds[1], 1)
    for offset in range(0, 16 << 20, 65536):
        for fd in fds:
            try:
                written += os.pwrite(fd, chunk, offset)
            except OSError:
                pass
    return {"written": 32 << 20 < written <= 64 << 20, "read": os.pread(fds[0], 10, (1 << 40) + 10).decode()}
