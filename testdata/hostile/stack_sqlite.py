# An expression that is a hundred thousand deep, in SQL.
#
# outcome: exception sqlite3.OperationalError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import sqlite3

sqlite3.connect(":memory:").execute("select " + "(" * 100_000 + "1" + ")" * 100_000)
