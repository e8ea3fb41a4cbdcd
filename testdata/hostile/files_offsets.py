# Offsets and sizes beyond everything.
#
# outcome: value {"done":[],"size":4}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    done = []
    for folder in ("/tmp", "/data"):
        fd = os.open(folder + "/file", os.O_CREAT | os.O_RDWR)
        os.write(fd, b"file")
        for far in (1 << 62, (1 << 63) - 1, (1 << 63) - 4, -1, -(1 << 63)):
            for name, act in (
                ("pwrite", lambda: os.pwrite(fd, b"x", far)),
                ("truncate", lambda: os.ftruncate(fd, far)),
                ("seek from the end", lambda: os.lseek(fd, far, 2) > 0 or os.write(fd, b"x")),
                ("seek and write", lambda: [os.lseek(fd, far, 0), os.write(fd, b"x")]),
                ("pread", lambda: os.pread(fd, 10, far) or 1 / 0),
                ("whence", lambda: os.lseek(fd, 0, 7)),
            ):
                try:
                    act()
                    if name != "seek from the end" or os.fstat(fd).st_size != 4:
                        done.append([folder, name, str(far)])
                except (OSError, OverflowError, ZeroDivisionError):
                    pass
        size = os.fstat(fd).st_size
        if size != 4:
            done.append([folder, size])
    return {"done": done, "size": size}
