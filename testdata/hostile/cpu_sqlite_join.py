# A join in SQLite with 10^24 rows.
# Before its first run this said soft: no Python code is ever reached in which the interrupt
# could be raised, so only the hard stop is left.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import sqlite3

db = sqlite3.connect(":memory:")
db.execute("create table t(x)")
db.executemany("insert into t values (?)", [(i,) for i in range(1000)])
db.execute("select count(*) from t a, t b, t c, t d, t e, t f, t g, t h").fetchone()
