"""Cleans a row of customers.csv. An exception rejects the row; its text is the reason."""

import re
from datetime import datetime

DATES = "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"


def run(row):
    return {
        "name": " ".join(row["name"].split()).title(),
        "email": email(row["email"]),
        "born": date(row["born"]),
    }


def email(text):
    text = text.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", text):
        raise ValueError(f"{text!r} is no e-mail address")
    return text


def date(text):
    for form in DATES:
        try:
            return datetime.strptime(text.strip(), form).date().isoformat()
        except ValueError:
            pass
    raise ValueError(f"{text!r} is no date")
