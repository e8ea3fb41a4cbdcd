# Bytearrays, forged with bytecode, that lie at the end of memory, beyond it, or are longer than
# it: pointers and lengths that C code would never hand over.
#
# outcome: value {"accepted":[],"memory":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import dis
import os
import struct

import _vivarium


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


kept = []


def forge(start, size):
    """A bytearray that has its bytes wherever one likes."""
    fake = struct.pack("<IIIIIII", 1000, id(bytearray), size, size + 1 & 0x7FFFFFFF, start, start, 0)
    kept.append(fake)
    return load(id(fake) + 16)


def run(params):
    accepted = []
    secret = b"forged memory is my own"
    memory = bytes(forge(id(secret) + 16, len(secret))) == secret
    fd = os.open("file", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"x" * 100)
    for start, size in (
        (0xFFFFFFFF, 1),
        (0xFFFFFFF0, 15),
        (0xFFFFFFF0, 0x20),
        (0xFFFF0000, 0x10000),
        (0x7FFFFFFF, 0x7FFFFFFF),
        (4, 0x7FFFFFF0),
        (0x80000000, 100),
        (0x80000000, 4 << 20),
    ):
        wild = forge(start, size)
        for act in (
            _vivarium.result,
            _vivarium.error,
            lambda b: os.write(1, b),
            lambda b: os.write(fd, b),
            lambda b: os.pwrite(fd, b, 0),
            open("file", "rb", buffering=0).readinto,
            open("file", "wb", buffering=0).write,
        ):
            try:
                accepted.append([hex(start), size, str(act(wild))])
            except (OSError, OverflowError, ValueError, SystemError, LookupError, TypeError):
                pass
    for size in (0x7FFFFFF0, 1 << 30, 1 << 28):
        fake = struct.pack("<IIII", 1000, id(bytes), size, 1) + b"{}"  # as long as it says, beyond the end of memory
        kept.append(fake)
        wild = load(id(fake) + 16)
        for act in (_vivarium.result, _vivarium.error, lambda b: _vivarium.call("nothing", b), lambda b: os.write(fd, b), lambda b: os.write(1, b)):
            try:
                accepted.append([size, str(act(wild))])
            except (OSError, OverflowError, ValueError, SystemError, LookupError):
                pass
    return {"accepted": accepted, "memory": memory}
