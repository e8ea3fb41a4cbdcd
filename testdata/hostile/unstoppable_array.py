# Turning round an array of many megabytes, and the bytes of each of its numbers.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# memory: 256MiB

import array

numbers = array.array("Q", bytes(60 << 20))
while True:
    try:
        while True:
            numbers.reverse()
            numbers.byteswap()
    except BaseException:
        pass
