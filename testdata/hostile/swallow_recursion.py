# An interrupt that is answered by going deeper.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

def deeper():
    try:
        while True:
            pass
    except BaseException:
        try:
            deeper()
        except BaseException:
            deeper()


while True:
    try:
        deeper()
    except BaseException:
        pass
