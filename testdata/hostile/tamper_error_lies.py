# Errors that are reported by hand, with lies, before it ends well.
#
# outcome: value {"refused":5,"well":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium


def run(params):
    refused = 0
    for data in (
        b'{"type":"MemoryError","message":"","exit_code":137}',
        b'{"type":5,"message":[],"frames":{},"traceback":null,"exit_code":"1"}',
        b'{"type":"\\ud800","frames":[{"line":1e999}],"exit_code":-99999999999999999999}',
        b'{"type":"A","type":"B","Type":"C","frames":[null,[],1]}',
        b"[]",
        b"null",
        b"" + b"[" * 1000 + b"]" * 1000,
        b"",
        b'{"type":',
        b"\xff",
        b"[" * 1001 + b"]" * 1001,
        b'"' + b"x" * (10 << 20) + b'"',
    ):
        try:
            _vivarium.error(data)
        except (ValueError, OverflowError):
            refused += 1
    return {"refused": refused, "well": True}
