# A sort whose comparisons never come to an end, in C code that calls Python.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB


class Evil(int):
    def __lt__(self, other):
        while True:
            pass


def run(params):
    return sorted([Evil(2), Evil(1)])
