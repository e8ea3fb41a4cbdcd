import codecs


def run(params):
    text = "Größe 12 €"
    out = {}
    for name in ("utf-8", "utf-16", "utf-32-be", "cp1252", "iso8859-15", "utf-7", "punycode", "idna"):
        try:
            out[name] = text.encode(name).hex()
        except UnicodeError as e:
            out[name] = type(e).__name__
    return [out, codecs.encode("rot", "rot13"), "日本語".encode("shift_jis").hex(), "日本".encode("gb18030").decode("gb18030")]
