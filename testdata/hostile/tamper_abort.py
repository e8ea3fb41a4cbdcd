# Aborts, after a lie about how it ends.
# Before its first run this said "exit 134": an abort is a trap, as that of a broken malloc is.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os

import _vivarium

_vivarium.error(b'{"type":"MemoryError","message":"","exit_code":0}')
os.abort()
