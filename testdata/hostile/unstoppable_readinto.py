# Reading the same megabytes of a file into the same buffer, for ever.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

with open("f", "wb") as f:
    f.write(bytes(8 << 20))
buffer = bytearray(8 << 20)
while True:
    try:
        with open("f", "rb", buffering=0) as f:
            while True:
                f.seek(0)
                f.readinto(buffer)
    except BaseException:
        pass
