# More metrics than anybody wants, with names and labels that are none.
# Before its first run this expected a TypeError, too: a name may be bytes, if they are one.
#
# outcome: value {"refused":{"OverflowError":2,"UnicodeEncodeError":2,"ValueError":7}}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import collections

import vivarium


def run(params):
    for n in range(20000):
        vivarium.metric(f"metric_{n}", n, label=n)
        vivarium.metric("metric", n, kind="counter", label=n)
    refused = collections.Counter()
    for name, labels in (
        ("", {}),
        ("a\x00b", {}),
        ("a\nb 1", {}),
        ("a{b=c}", {}),
        ("é", {}),
        ("9a", {}),
        ("-", {}),
        (b"bytes", {}),
        ("a\ud800", {}),
        ("\udfff", {}),
        ("a" * (10 << 20), {}),
        ("a", {"label": "v" * (10 << 20)}),
    ):
        try:
            vivarium.metric(name, 1, **labels)
        except Exception as error:
            refused[type(error).__name__] += 1
    return {"refused": dict(sorted(refused.items()))}
