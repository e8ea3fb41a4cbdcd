# Opens files until there are no more.
#
# outcome: value {"opened":true,"again":"x"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os


def run(params):
    opened = []
    try:
        while len(opened) < 100000:
            opened.append(os.open("/tmp/file", os.O_CREAT | os.O_RDWR))
    except OSError:
        pass
    try:
        while True:
            opened.append(os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY))
    except OSError:
        pass
    for fd in opened:
        os.close(fd)
    with open("/tmp/file", "w+") as f:
        f.write("x")
        f.seek(0)
        return {"opened": 100 < len(opened) < 300, "again": f.read()}
