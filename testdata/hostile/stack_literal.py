# A literal with ten thousand lists in each other.
#
# outcome: exception SyntaxError: too many nested parentheses
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import ast

ast.literal_eval("[" * 10_000 + "]" * 10_000)
