# Tiny files, as many as there may be.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import itertools
import os

for n in itertools.count():
    try:
        os.close(os.open(f"/tmp/{n}", os.O_CREAT | os.O_WRONLY))
    except OSError:
        os.listdir("/tmp")
