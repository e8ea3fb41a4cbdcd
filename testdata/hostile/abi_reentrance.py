# Calls the host while it calls the host: from __index__, __del__, __float__ and a trace.
#
# outcome: value {"result":"the last","events":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
import sys

import _vivarium

events = []


class Again:
    def __index__(self):
        _vivarium.call("echo", b'"inner"')
        events.append("index")
        return 5

    def __float__(self):
        _vivarium.progress(0.5, "inner")
        _vivarium.result(b'"inner"')
        events.append("float")
        return 0.25

    def __del__(self):
        _vivarium.call("echo", b'"deleted"')
        _vivarium.log(2, "deleted")
        events.append("del")


def trace(frame, event, argument):
    _vivarium.metric(0, "traced", 1.0, "")
    _vivarium.call("echo", b"1")
    return trace


def run(params):
    sys.settrace(trace)
    for _ in range(10):
        _vivarium.entropy(Again())
        _vivarium.progress(Again(), "outer")
        _vivarium.metric(1, "outer", Again(), "{}")
        ok, reply = _vivarium.call("echo", b'"outer"')
        assert reply == b'"outer"', reply
    sys.settrace(None)
    return {"result": "the last", "events": len(events) == 60}
