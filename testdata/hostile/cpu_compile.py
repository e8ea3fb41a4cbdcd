# Source that the compiler takes long for.
#
# outcome: limit timeout soft
# time: <= timeout + 300ms + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s
#
# The time stated was timeout + 100ms. One of these compilations takes a quarter of a second, and CPython
# looks for an interrupt when it is over; where in one the time-out falls depends on how fast the machine is.

while True:
    compile("\n".join(f"a{i} = {i} + b" for i in range(20_000)), "x", "exec")
