# The methods of all built-in types, taken away behind their back.
#
# outcome: value "done"
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import gc
import os

import _vivarium


def run(params):
    exit, result = os._exit, _vivarium.result
    for kind in (str, dict, list, tuple, int, float, bytes, BaseException, type, object):
        for space in gc.get_referents(kind.__dict__):
            if space.__class__ is dict:
                dict.clear(space)
    result(b'"done"')
    exit(0)
