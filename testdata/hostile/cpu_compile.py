# Source that the compiler takes long for.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s

while True:
    compile("\n".join(f"a{i} = {i} + b" for i in range(20_000)), "x", "exec")
