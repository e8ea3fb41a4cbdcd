# A file that takes nothing of what it is given: the buffer in front of it tries again.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import io


class Full(io.RawIOBase):
    def writable(self):
        return True

    def write(self, data):
        return 0


def run(params):
    io.BufferedWriter(Full()).write(bytes(100_000))
