import unicodedata


def run(params):
    text = "Grüße, 世界! Ελληνικά ﬁn e\u0301 🎉 İstanbul ß" * 10
    forms = {form: len(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    names = [unicodedata.name(c, "?") for c in text[:30]]
    return [forms, names[-3:], text.casefold()[:12], text.encode("utf-16-le")[:4].hex(), text.upper()[-4:]]
