import datetime
from datetime import timedelta, timezone


def run(params):
    day = datetime.date(2024, 2, 27)
    days = [day + timedelta(days=i) for i in range(200)]
    at = datetime.datetime(2024, 2, 29, 23, 30, 15, 250000, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    return [
        sum(d.weekday() for d in days), days[-1].isoformat(), days[3].isocalendar().week, at.astimezone(timezone.utc).isoformat(),
        (at - datetime.datetime(2000, 1, 1, tzinfo=timezone.utc)).total_seconds(), at.strftime("%a %d %b %Y %H:%M:%S %z"),
        datetime.datetime.fromisoformat("2024-01-02T03:04:05+01:00").timestamp(), str(timedelta(days=1.5) // 7),
    ]
