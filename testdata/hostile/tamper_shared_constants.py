# Constants that all scripts share, changed: small numbers.
#
# outcome: value 1
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import dis
import struct


def f():
    return 1


def load(address):
    """The object at an address, whatever is there."""
    global holder
    holder = struct.pack("<I", address)
    index = (id(holder) + 16 - id(f.__code__.co_consts) - 12) // 4 & 0xFFFFFFFF
    op = dis.opmap
    code = [op["RESUME"], 0]
    for shift in (24, 16, 8):
        code += [op["EXTENDED_ARG"], index >> shift & 0xFF]
    code += [op["LOAD_CONST"], index & 0xFF, op["RETURN_VALUE"], 0]
    f.__code__ = f.__code__.replace(co_code=bytes(code))
    return f()


def run(params):
    fake = struct.pack("<IIIIIII", 1000, id(bytearray), 1 << 30, (1 << 30) + 1, 4, 4, 0)
    memory = load(id(fake) + 16)
    number = 200
    memory[id(number) + 12 - 4] = 42  # 200 is now 42, for whoever has this image
    return int(100 + 100 == 42)
