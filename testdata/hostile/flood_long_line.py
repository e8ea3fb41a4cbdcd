# A line of 200 MiB, in two streams, whose end never comes.
#
# outcome: value {"written":209715200}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 3s
import os
import sys


def run(params):
    chunk, written = b"x" * (1 << 20), 0
    while written < 200 << 20:
        sys.stderr.buffer.write(chunk)
        written += os.write(1, chunk)
    return {"written": written}
