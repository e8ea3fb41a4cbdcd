# Hard links and renames, out of the mount and into it.
#
# outcome: value {"done":["legal"]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
import os


def run(params):
    done = []
    open("/tmp/file", "w").close()
    os.mkdir("/tmp/folder")
    for name, act, source, target in (
        ("out", os.rename, "/data/data.txt", "/tmp/stolen"),
        ("in", os.rename, "/tmp/file", "/data/file"),
        ("folder in", os.rename, "/tmp/folder", "/data/folder"),
        ("up", os.rename, "/data/sub", "/data/../sub"),
        ("root", os.rename, "/data", "/tmp/data"),
        ("over the mount", os.rename, "/tmp/folder", "/data"),
        ("into itself", os.rename, "/data/sub", "/data/sub/sub"),
        ("replace out", os.replace, "/data/data.txt", "/data/up/secret.txt"),
        ("secret", os.link, "/data/../secret.txt", "/data/here"),
        ("through a link", os.link, "/data/up/secret.txt", "/data/here"),
        ("absolute", os.link, "/etc/passwd", "/data/here"),
        ("across", os.link, "/data/data.txt", "/tmp/here"),
        ("across back", os.link, "/tmp/file", "/data/here"),
        ("out by a link", os.link, "/data/data.txt", "/data/up/here"),
        ("legal", os.rename, "/data/sub", "/data/renamed"),
    ):
        try:
            act(source, target)
            done.append(name)
        except (OSError, AttributeError):
            pass
    os.rename("/data/renamed", "/data/sub")
    return {"done": done}
