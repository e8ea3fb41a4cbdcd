# A function whose code says that it needs no stack, and then pushes a million values.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
import dis


def f():
    pass


op = dis.opmap
f.__code__ = f.__code__.replace(co_stacksize=0, co_code=bytes([op["RESUME"], 0]) + bytes([op["PUSH_NULL"], 0]) * 10_000_000 + bytes([op["POP_TOP"], 0, op["RETURN_VALUE"], 0]))


def run(params):
    return repr(f())
