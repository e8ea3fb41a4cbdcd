# Puts files in the place of its standard streams, closes all there is, and goes on.
#
# outcome: value {"said":5}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: ro
import os
import sys


def run(params):
    for fd in (0, 1, 2):
        try:
            os.dup2(os.open("/data/data.txt", os.O_RDONLY), fd)
        except (OSError, AttributeError):
            pass
    os.closerange(-10, 2)
    os.closerange(3, 1 << 20)
    for fd in range(3, 10):
        try:
            os.open("/data/data.txt", os.O_RDONLY)
        except OSError:
            pass
    sys.stdout.write("after")
    try:
        sys.stdout.flush()
    except OSError:
        pass
    return {"said": len("after")}
