# Translating many megabytes, byte by byte, in one call after the other.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# memory: 256MiB

block, table = bytes(60 << 20), bytes(range(255, -1, -1))
while True:
    try:
        while True:
            block.translate(table)
    except BaseException:
        pass
