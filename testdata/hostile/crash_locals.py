# Bytecode that stores into local variables that it does not have.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import dis


def f():
    pass


code = [dis.opmap["RESUME"], 0]
for n in range(2000):
    code += [dis.opmap["LOAD_CONST"], 0, dis.opmap["EXTENDED_ARG"], n // 256, dis.opmap["STORE_FAST"], n % 256]
f.__code__ = f.__code__.replace(co_code=bytes(code) + bytes([dis.opmap["RETURN_VALUE"], 0]))
f()
