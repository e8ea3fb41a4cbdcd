# A file that becomes long and short again, for the host to fill with zeros.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

while True:
    try:
        with open("f", "wb", buffering=0) as f:
            while True:
                f.truncate(12 << 20)
                f.truncate(0)
    except BaseException:
        pass
