"""Training: data in and out — JSON, CSV, struct, pickle, base64, hashing, compression of text, dates, decimals."""

import base64
import binascii
import collections
import csv
import datetime
import decimal
import fractions
import hashlib
import io
import json
import pickle
import statistics
import struct
import zlib

EVENTS = [
    {"when": f"2026-{i % 12 + 1:02}-{i % 28 + 1:02}T0{i % 10}:30:00", "user": {"id": i, "mail": f"u{i}@example.org", "roles": ["r", "w"][: i % 3]},
     "amount": i * 0.25, "note": None if i % 4 else "líne \"quoted\" \\ \n end", "ok": bool(i & 1)}
    for i in range(400)
]


def interchange():
    text = json.dumps(EVENTS, ensure_ascii=False)
    back = json.loads(text)
    pretty = json.dumps(back, indent=2, sort_keys=True, default=str)
    return len(pretty), json.loads(pretty) == EVENTS


def tables():
    out = io.StringIO()
    writer = csv.DictWriter(out, ["when", "amount", "note"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(EVENTS)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    sums = collections.Counter()
    for row in rows:
        sums[row["when"][:7]] += float(row["amount"])
    return sums.most_common(3)


def binary():
    packed = b"".join(struct.pack("<IdH8s", e["user"]["id"], e["amount"], 7, b"tag") for e in EVENTS)
    rows = list(struct.iter_unpack("<IdH8s", packed))
    text = base64.b64encode(packed)
    return rows[3], binascii.crc32(packed), hashlib.md5(text).hexdigest(), hashlib.sha1(text).hexdigest(), hashlib.sha512(packed).hexdigest(), len(zlib.compress(text, 6))


def objects():
    return pickle.loads(pickle.dumps(EVENTS, 5)) == EVENTS, pickle.loads(pickle.dumps({1: (2, frozenset({3}))}, 2))


def dates():
    start = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
    days = [start + datetime.timedelta(days=i, hours=i % 24) for i in range(300)]
    return max(days) - min(days), [d.isoformat() for d in days], [d.strftime("%Y-%j %H") for d in days], [datetime.date.fromisoformat(e["when"][:10]) for e in EVENTS]


def numbers():
    decimal.getcontext().prec = 30
    total = sum((decimal.Decimal(i) / 7 for i in range(1, 200)), decimal.Decimal())
    third = sum(fractions.Fraction(1, i) for i in range(1, 40))
    values = [((i * 2654435761) & 0xFFFFFFFF) / 2**32 for i in range(800)]
    return total.sqrt().quantize(decimal.Decimal("0.01")), third.limit_denominator(1000), statistics.fmean(values), statistics.pstdev(values), round(1234.5678, 2), float("1e-7"), repr(0.1 + 0.2), divmod(-17, 5), 17**-2, int("ff", 16), 2**200 % 1009, bin(77).count("1")


for _ in range(12):
    interchange(), tables(), binary(), objects(), dates(), numbers()
