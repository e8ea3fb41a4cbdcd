# An interrupt that is swallowed again and again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

while True:
    try:
        while True:
            pass
    except BaseException:
        pass
