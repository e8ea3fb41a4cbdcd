# A function in a function in a function, for the compiler.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

compile("lambda: " * 50_000 + "1", "x", "eval")
