# Arguments that travel to the host and back, and mean something else to somebody.
#
# outcome: value {"same":true,"refused":4}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
import json

import vivarium


def run(params):
    same, refused = True, 0
    for value in (10**4000, -0.0, 5e-324, 1.7976931348623157e308, "\0\x1b[2J\u2028</script>", {"": {"__class__": "os", "$ref": "#"}}, [[[]]] * 100):
        got = vivarium.call("echo", value=value)
        same = same and json.dumps(got["value"]) == json.dumps(value)
    deep = []
    for _ in range(2000):
        deep = [deep]
    for value in (float("nan"), "\ud800", deep, b"bytes"):
        try:
            vivarium.call("echo", value=value)
        except (ValueError, TypeError, RecursionError):
            refused += 1
    return {"same": same, "refused": refused}
