# Changes a read-only mount by every call there is.
# Before its first run chmod had to fail: it does nothing, and says nothing.
#
# outcome: value {"changed":[],"legal":"data\n"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: ro
import os
import shutil


def look():
    stats = [os.stat("/data/" + name) for name in ("", "data.txt", "sub", "sub/deep.py")]
    return [(s.st_mode, s.st_size, s.st_mtime_ns, s.st_nlink) for s in stats]


def run(params):
    changed = []
    fd, root = os.open("/data/data.txt", os.O_RDONLY), os.open("/data", os.O_RDONLY | os.O_DIRECTORY)
    before = look()
    os.chmod("/data/data.txt", 0o777)
    for act in (
        *(lambda mode=mode: open("/data/data.txt", mode) for mode in ("w", "a", "r+", "x", "wb", "ab", "r+b", "w+b")),
        *(lambda flags=flags: os.open("/data/data.txt", flags) for flags in (os.O_WRONLY, os.O_RDWR, os.O_TRUNC | os.O_RDONLY, os.O_CREAT | os.O_EXCL)),
        lambda: open("/data/new", "w"),
        lambda: os.open("new", os.O_CREAT | os.O_WRONLY, dir_fd=root),
        lambda: os.truncate("/data/data.txt", 0),
        lambda: os.ftruncate(fd, 0),
        lambda: os.write(fd, b"x"),
        lambda: os.pwrite(fd, b"x", 0),
        lambda: os.posix_fallocate(fd, 0, 100),
        lambda: os.utime("/data/data.txt", (1, 1)),
        lambda: os.utime(fd, (1, 1)),
        lambda: os.utime("/data/secret", (1, 1), follow_symlinks=False),
        lambda: os.mkdir("/data/new"),
        lambda: os.mkdir("new", dir_fd=root),
        lambda: os.rename("/data/data.txt", "/data/new"),
        lambda: os.rename("/data/sub", "/data/new"),
        lambda: os.replace("/data/sub/deep.py", "/data/data.txt"),
        lambda: os.symlink("data.txt", "/data/new"),
        lambda: os.link("/data/data.txt", "/data/new"),
        lambda: os.unlink("/data/data.txt"),
        lambda: os.unlink("/data/secret"),
        lambda: os.unlink("data.txt", dir_fd=root),
        lambda: os.rmdir("/data/sub"),
        lambda: shutil.rmtree("/data/sub"),
        lambda: shutil.move("/data/data.txt", "/tmp/moved"),
    ):
        try:
            act()
            changed.append(act.__code__.co_firstlineno)
        except (OSError, AttributeError, NotImplementedError):
            pass
    if before != look():
        changed.append("stat")
    return {"changed": changed, "legal": open("/data/data.txt").read()}
