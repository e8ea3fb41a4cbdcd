# Files that every Unix has.
#
# outcome: value {"found":[],"mine":"data\n"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: ro
import os


def run(params):
    found = []
    for path in (
        "/etc/passwd",
        "/etc",
        "/proc",
        "/proc/self/environ",
        "/proc/self/fd/0",
        os.path.join("/proc/self", "root", "etc/passwd"),
        "/proc/1/cmdline",
        "/sys/kernel",
        "/dev/null",
        "/dev/mem",
        "/dev/stdin",
        "/root",
        "/home",
        "/usr/bin/env",
        "/lib",
        "//etc//passwd",
        "/tmp/../etc/passwd",
        "/../../../../etc/passwd",
        "file:///etc/passwd",
        "/data/C:\\Windows\\win.ini",
        "/data/\\\\?\\C:\\",
    ):
        for act in (os.stat, os.lstat, os.readlink, os.listdir, open, lambda p: open(p, "w"), os.mkdir, os.chdir):
            try:
                act(path)
                found.append(path)
            except OSError:
                pass
    return {"found": found, "mine": open("/data/data.txt").read()}
