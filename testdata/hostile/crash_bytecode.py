# Bytecode, made by hand, that loads from where no memory is.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB


def f():
    pass


f.__code__ = f.__code__.replace(co_code=b"\x97\x00" + bytes([116, 200]) * 20, co_stacksize=0)
f()
