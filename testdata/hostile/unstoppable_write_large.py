# Writing much at once, for ever: few loops, and much work for the host.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# memory: 256MiB
# unstoppable: yes

import os

block = bytes(50 << 20)
f = os.open("f", os.O_RDWR | os.O_CREAT)
while True:
    try:
        while True:
            os.pwrite(f, block, 0)
            os.pread(f, 50 << 20, 0)
    except BaseException:
        pass
