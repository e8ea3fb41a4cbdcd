# A number of a million digits. It is JSON, and is taken; nobody may choke on it.
#
# outcome: value {"digits":1000001}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium


def run(params):
    digits = b"1" + b"0" * 1000000
    _vivarium.result(digits)
    _vivarium.result(b"[" + digits + b"." + digits + b"e-" + digits + b"]")
    return {"digits": len(digits)}
