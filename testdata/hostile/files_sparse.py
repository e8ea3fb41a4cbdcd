# Files of which almost everything is a hole.
#
# outcome: value {"within":true,"read":"x"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os


def run(params):
    total = 0
    for n in range(100):
        fd = os.open(f"/tmp/{n}", os.O_CREAT | os.O_RDWR)
        try:
            os.pwrite(fd, b"x", 10 << 20)
        except OSError:
            pass
        total += os.fstat(fd).st_size
        os.close(fd)
    last = os.open("/tmp/0", os.O_RDONLY)
    os.posix_fadvise(last, 0, 1 << 62, 0)
    return {"within": total <= 64 << 20, "read": os.pread(last, 10, 10 << 20).decode()}
