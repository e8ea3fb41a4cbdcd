# A query in SQLite that counts for ever.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import sqlite3

db = sqlite3.connect(":memory:")
db.execute("with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n").fetchone()
