# An expression with ten thousand parentheses.
#
# outcome: exception SyntaxError: too many nested parentheses
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import ast

ast.parse("(" * 10_000 + ")" * 10_000)
