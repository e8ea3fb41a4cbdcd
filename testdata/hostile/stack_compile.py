# An expression with a hundred thousand operators in a row.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s

compile("-" * 100_000 + "1", "x", "eval")
