# An expression that is a hundred thousand deep, in SQL.
# Before its first run it was made of parentheses, of which SQLite may have as many as it likes.
#
# outcome: exception sqlite3.OperationalError: Expression tree is too large
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import sqlite3

sqlite3.connect(":memory:").execute("select " + "- " * 100_000 + "1")
