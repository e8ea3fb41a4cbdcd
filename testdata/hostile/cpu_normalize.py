# Accents in the wrong order, which normalizing has to sort.
# Before its first run this said "limit timeout hard": this Python no longer sorts them by
# insertion.
#
# outcome: value "sorted"
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import unicodedata


def run(params):
    text = unicodedata.normalize("NFD", "a" + "\u0300\u0316" * 300_000)
    return "sorted" if text == "a" + "\u0316" * 300_000 + "\u0300" * 300_000 else text[:100]
