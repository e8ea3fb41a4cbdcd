# A key that is derived in a billion rounds.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import hashlib

hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 10**9)
