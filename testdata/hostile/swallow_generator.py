# A generator that does not want to be closed.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

def stubborn():
    while True:
        try:
            yield
            while True:
                pass
        except BaseException:
            pass


g = stubborn()
while True:
    next(g)
