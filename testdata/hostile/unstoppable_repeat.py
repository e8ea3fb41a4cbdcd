# Repeating bytes, and comparing them.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# memory: 256MiB

while True:
    try:
        while True:
            a, b = b"ab" * (20 << 20), b"ab" * (20 << 20)
            a == b
    except BaseException:
        pass
