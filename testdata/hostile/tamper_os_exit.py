# Ends without any farewell, in an entry point, while a result has been handed over.
#
# outcome: exit 9
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import os

import _vivarium


def run(params):
    _vivarium.result(b'"all is well"')
    _vivarium.error(b'{"type":"Fake","message":"","exit_code":0}')
    os._exit(9)
