# An expression with a hundred thousand operators in a row.
# Before its first run this said RecursionError: the parser's word for a stack that is full is
# MemoryError.
#
# outcome: exception MemoryError: Parser stack overflowed
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s

compile("-" * 100_000 + "1", "x", "eval")
