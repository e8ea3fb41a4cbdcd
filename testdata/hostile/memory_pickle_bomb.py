# A pickle that refers to itself until it is everything.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import pickle

# Each line makes a tuple of the last one, four times: memo, get, get, get, get.
payload = b"]q\x00" + b"".join(b"(" + b"h" + bytes([i]) + b"\x8a\x01" + bytes([i]) + b"tq" + bytes([i + 1]) for i in range(100)) + b"."
value = pickle.loads(payload)
text = "x"
for _ in range(60):
    text = repr([text, text])
