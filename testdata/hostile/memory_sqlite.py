# A database in memory that grows without end.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s

import sqlite3

db = sqlite3.connect(":memory:")
db.execute("create table t(x)")
while True:
    db.execute("insert into t values (zeroblob(1000000))")
