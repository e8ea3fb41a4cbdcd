# A query in SQLite that counts for ever.
# Before its first run this said soft: no Python code is ever reached in which the interrupt
# could be raised, so only the hard stop is left.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import sqlite3

db = sqlite3.connect(":memory:")
db.execute("with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n").fetchone()
