# What the system says about the host: nothing.
#
# outcome: value {"leaks":[],"cwd":"/tmp"}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os
import platform
import sys


def run(params):
    leaks = [list(os.environ), sys.argv[1:]]
    for name in ("uname", "getlogin", "getuid", "getppid", "getcwdb", "cpu_count", "getloadavg", "times", "getgroups", "ttyname"):
        act = getattr(os, name, None)
        try:
            leaks.append([name, str(act())] if act and name not in ("getcwdb", "times") else [])
        except OSError:
            pass
    leaks += [[platform.node()], [platform.processor()]]
    for path in ("/proc", "/sys", "/etc", "/dev/fd", "/dev/shm", "/home", "/root", "/var", "/usr", "/proc/self/maps", "/etc/hostname", "~"):
        try:
            leaks.append(os.listdir(os.path.expanduser(path)))
        except OSError:
            pass
    text = str(leaks).lower()
    known = [word for word in ("linux", "darwin", "windows", "amd64", "arm64", "x86", "/home/", "/users/", "root", "go1.") if word in text]
    return {"leaks": known, "cwd": os.getcwd()}
