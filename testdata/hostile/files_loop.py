# Reads and writes without end, in calls that are large.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
import os

data = bytearray(16 << 20)
fd = os.open("/tmp/file", os.O_CREAT | os.O_RDWR)
while True:
    os.pwrite(fd, data, 0)
    with open(fd, "rb", buffering=0, closefd=False) as f:
        f.seek(0)
        f.readinto(data)
