# A buffer that is assigned to itself, shifted, for ever.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# memory: 256MiB

block = bytearray(60 << 20)
while True:
    try:
        while True:
            block[1:] = block[:-1]
    except BaseException:
        pass
