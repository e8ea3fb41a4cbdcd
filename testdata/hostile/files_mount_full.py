# Writes to a mount, a few MiB, in a loop, with holes and appends.
#
# outcome: value {"size":4194304}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
# timeout: 1s
import os


def run(params):
    fd = os.open("/data/big", os.O_CREAT | os.O_RDWR | os.O_APPEND)
    for n in range(64):
        os.write(fd, b"x" * (1 << 16))
        os.lseek(fd, 0, 0)
    size = os.fstat(fd).st_size
    os.ftruncate(fd, 0)
    os.rename("/data/big", "/data/" + "n" * 255)
    for n in range(300):
        os.mkdir(f"/data/{n}")
        os.rename(f"/data/{n}", "/data/sub/inner")
        os.rmdir("/data/sub/inner")
    return {"size": size}
