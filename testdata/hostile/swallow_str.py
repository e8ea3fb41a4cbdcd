# An exception that takes for ever to say what it is, when the script has already ended.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
class Evil(Exception):
    def __str__(self):
        while True:
            pass


def run(params):
    raise Evil
