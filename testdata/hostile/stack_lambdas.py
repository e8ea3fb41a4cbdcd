# A function in a function in a function, for the compiler.
# Before its first run this said RecursionError: the parser has a stack of its own, and comes first.
#
# outcome: exception MemoryError: Parser stack overflowed
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

compile("lambda: " * 50_000 + "1", "x", "eval")
