# A digest of the same megabytes for ever.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import hashlib

block = bytes(2 << 20)
while True:
    hashlib.sha3_512(block).digest()
