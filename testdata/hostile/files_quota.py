# Fills the scratch, in whatever way, and more of it.
# Before its first run truncate had to fail, too: holes cost nothing.
#
# outcome: value {"refused":3,"kept":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import os


def run(params):
    refused, chunk = 0, b"x" * (1 << 20)
    held = os.open("/tmp/held", os.O_CREAT | os.O_RDWR)
    os.unlink("/tmp/held")
    for name, act in (
        ("write", lambda fd: os.write(fd, chunk)),
        ("append", lambda fd: os.pwrite(fd, chunk, os.fstat(fd).st_size)),
        ("held", lambda fd: os.write(held, chunk)),
    ):
        fd = os.open("/tmp/" + name, os.O_CREAT | os.O_RDWR)
        try:
            for _ in range(100):
                act(fd)
        except OSError:
            refused += 1
        os.close(fd)
    size = sum(os.stat("/tmp/" + name).st_size for name in os.listdir("/tmp")) + os.fstat(held).st_size
    return {"refused": refused, "kept": size <= 64 << 20}
