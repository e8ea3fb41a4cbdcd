# Copies of many megabytes, one after the other: memmove knows no loop.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# memory: 256MiB

block = bytearray(40 << 20)
while True:
    try:
        while True:
            bytes(block)
    except BaseException:
        pass
