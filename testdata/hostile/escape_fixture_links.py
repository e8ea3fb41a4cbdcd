# Links in the mount that lead out: to be read, written, followed, changed and removed.
# Before its first run chmod had to fail, which does nothing and says nothing; and a hard link to
# a link, which is as much of a link, and leads nowhere either.
#
# outcome: value {"found":[],"links":["absolute","circle","proc","secret","up"],"legal":"data\n"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    found = []
    links = ("absolute", "circle", "proc", "secret", "up")
    for name in (*links, *("hard_" + link for link in links)):
        path = "/data/" + name
        if name.startswith("hard_"):
            os.link("/data/" + name.removeprefix("hard_"), path, follow_symlinks=True)
        os.chmod(path, 0)
        for act in (
            lambda: os.stat(path),
            lambda: open(path, "rb"),
            lambda: open(path, "r+b"),
            lambda: open(path, "ab"),
            lambda: os.open(path, os.O_CREAT | os.O_WRONLY),
            lambda: os.listdir(path),
            lambda: os.open(path, os.O_DIRECTORY),
            lambda: os.truncate(path, 0),
            lambda: os.utime(path, (0, 0)),
            lambda: os.mkdir(path + "/new"),
            lambda: os.symlink("x", path + "/new"),
            lambda: os.unlink(path + "/secret.txt"),
            lambda: os.rmdir(path + "/mounted"),
            lambda: os.rename("/data/data.txt", path + "/stolen"),
            lambda: os.rename(path + "/secret.txt", "/data/stolen"),
            lambda: os.link(path + "/secret.txt", "/data/stolen"),
            lambda: os.scandir(path + "/mounted"),
        ):
            try:
                act()
                found.append([name, act.__code__.co_firstlineno])
            except (OSError, AttributeError, NotImplementedError):
                pass
    return {"found": found, "links": sorted(n for n in os.listdir("/data") if n in links), "legal": open("/data/data.txt").read()}
