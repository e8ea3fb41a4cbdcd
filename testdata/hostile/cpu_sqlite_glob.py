# A pattern in SQLite that backtracks exponentially.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import sqlite3

db = sqlite3.connect(":memory:")
db.execute("select ? glob ?", ("a" * 100, "*a" * 40 + "b")).fetchone()
