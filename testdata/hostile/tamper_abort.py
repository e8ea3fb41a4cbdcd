# Aborts, after a lie about how it ends.
#
# outcome: exit 134
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os

import _vivarium

_vivarium.error(b'{"type":"MemoryError","message":"","exit_code":0}')
os.abort()
