# Reads and writes with far too many buffers.
#
# outcome: value {"read":true,"refused":2}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s
import os


def run(params):
    fd = os.open("/tmp/file", os.O_CREAT | os.O_RDWR)
    os.write(fd, b"x" * (1 << 20))
    target, refused = bytearray(1 << 20), 0
    got = os.preadv(fd, [target] * 1024, 0)
    for act in (lambda: os.pwritev(fd, [target] * 1024, 0), lambda: os.writev(fd, [target] * 100000)):
        try:
            for _ in range(100):
                act()
        except (OSError, ValueError):
            refused += 1
    return {"read": got == 1 << 20, "refused": refused}
