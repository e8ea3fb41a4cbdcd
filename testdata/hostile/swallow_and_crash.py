# Out of time, and then the interpreter breaks down: what counts is the time.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB


def f():
    pass


try:
    while True:
        pass
except BaseException:
    f.__code__ = f.__code__.replace(co_code=b"\x97\x00" + bytes([116, 200]) * 20, co_stacksize=0)
    f()
