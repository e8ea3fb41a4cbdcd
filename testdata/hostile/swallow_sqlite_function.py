# A function that SQLite calls: SQLite makes an error of its own of whatever leaves it.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import sqlite3


def forever():
    while True:
        pass


db = sqlite3.connect(":memory:")
db.create_function("forever", 0, forever)
while True:
    try:
        db.execute("select forever()").fetchone()
    except sqlite3.Error:
        pass
