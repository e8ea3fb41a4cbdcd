# Streams that are closed, replaced, and lie about what was written.
#
# outcome: value {"written":10}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os
import sys


class Liar:
    encoding = errors = None

    def write(self, text):
        raise SystemExit(3)

    def flush(self):
        raise KeyboardInterrupt

    def fileno(self):
        return -1


def run(params):
    sys.stdout.close()
    os.close(2)
    os.close(0)
    sys.stdin = sys.stdout = sys.stderr = Liar()
    sys.__stdout__ = sys.__stderr__ = None
    return {"written": os.write(1, b"x" * 10)}
