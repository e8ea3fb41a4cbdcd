import sqlite3

db = sqlite3.connect(":memory:")
db.execute("create table t (id integer primary key, word text, n real)")
db.executemany("insert into t (word, n) values (?, ?)", ((f"word {i % 13}", i / 7) for i in range(300)))
db.create_function("twice", 1, lambda x: 2 * x)
db.execute("create index by_word on t (word)")
for row in db.execute("select word, count(*), round(sum(twice(n)), 3) from t where id % 3 group by word having count(*) > 10 order by word limit 3"):
    print(row)
with db:
    db.execute("with recursive c(x) as (select 1 union all select x + 1 from c where x < 200) insert into t (n) select x from c")
print(db.execute("select max(n), json_extract('{\"a\":[1,2]}', '$.a[1]') from t").fetchone())
