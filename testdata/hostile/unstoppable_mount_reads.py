# Reading a mounted file, and asking for its state, for ever.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# mount: ro

import os

while True:
    try:
        while True:
            os.stat("/data/sub/deep.py")
            open("/data/data.txt", "rb").read()
    except BaseException:
        pass
