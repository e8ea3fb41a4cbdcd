# A context manager that swallows every exception, entered again and again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

class Deaf:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        return True


while True:
    with Deaf():
        while True:
            pass
