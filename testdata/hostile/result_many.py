# Results without end, some of them no JSON, and then another one: the last one counts.
#
# outcome: value {"truth":1}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium


def run(params):
    refused = 0
    for data in (
        b'"lie"',
        b"",
        b" ",
        b"{",
        b"[1,]",
        b"NaN",
        b"1 2",
        b"'a'",
        b"\xff",
        b'"\xed\xa0\x80"',
        b'"\xc0\xae"',
        b'"\x00"',
        b"\xef\xbb\xbf1",
        b"[" * 1001 + b"]" * 1001,
        b"[" * (1 << 20),
        b"]" * 1001 + b"[" * 1001,
        b'"' + b"\\" * 999999 + b'"',
        bytearray(b"01"),
        memoryview(b"-"),
    ):
        try:
            _vivarium.result(data)
        except ValueError:
            refused += 1
    for n in range(1000):
        _vivarium.result(b"[%d]" % n)
    return {"truth": refused // 18}
