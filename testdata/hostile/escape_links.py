# Links that it makes itself, in all places where it may write, to all places of the host.
#
# outcome: value {"found":[],"own":"mine"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    found = []
    targets = ("..", "../..", "/", "/etc/passwd", "../secret.txt", "/proc/self/environ", "../mounted/../secret.txt", "/data/../..", "up")
    for folder in ("/data", "/data/sub", "/tmp", "/", "/dev", "/proc", "/sys", "/etc"):
        for n, target in enumerate(targets):
            link = f"{folder}/link{n}"
            try:
                os.symlink(target, link)
            except OSError:
                continue
            for path in (link, link + "/", link + "/secret.txt", link + "/etc/passwd", link + "/hostname"):
                for act in (lambda p: open(p, "rb").read(), lambda p: open(p, "ab"), os.truncate, lambda p: os.chmod(p, 0o777), os.utime):
                    try:
                        act(path, *([0] if act is os.truncate else []))
                        found.append([link, target, path])
                    except (OSError, AttributeError):
                        pass
            os.unlink(link)
    with open("/tmp/mine", "w") as f:
        f.write("mine")
    os.symlink("mine", "/tmp/link")
    return {"found": [f for f in found if not f[0].startswith("/tmp/")], "own": open("/tmp/link").read()}
