# Bytecode that loops without a single look at interrupts.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
import dis


def f():
    pass


loop = [dis.opmap["RESUME"], 0, dis.opmap["NOP"], 0, dis.opmap["JUMP_BACKWARD_NO_INTERRUPT"], 2]
f.__code__ = f.__code__.replace(co_code=bytes(loop))
f()
