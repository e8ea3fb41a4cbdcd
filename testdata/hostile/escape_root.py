# The root of the script's own tree, and what might be above.
#
# outcome: value {"found":[],"root":["data","tmp"]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    found = []
    for act in (
        lambda: os.mkdir("/new"),
        lambda: open("/new", "w"),
        lambda: os.rmdir("/data"),
        lambda: os.rmdir("/tmp"),
        lambda: os.rename("/tmp", "/data/tmp"),
        lambda: os.rename("/data", "/tmp/data"),
        lambda: os.symlink("/tmp", "/link"),
        lambda: os.chroot("/data"),
        lambda: os.unlink("/data"),
    ):
        try:
            found.append(str(act()))
        except (OSError, AttributeError):
            pass
    for _ in range(100):
        os.chdir("..")
    return {"found": found, "root": sorted(os.listdir("."))}
