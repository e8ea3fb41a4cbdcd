# A pattern in SQLite that nearly matches everywhere.
# Before its first run this had forty stars and was to take exponential time; SQLite does not go
# back behind a star that has failed, so it took 5ms.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import sqlite3

db = sqlite3.connect(":memory:")
db.execute("select ? glob ?", ("a" * 10**7, "*" + "a" * 40_000 + "b")).fetchone()
