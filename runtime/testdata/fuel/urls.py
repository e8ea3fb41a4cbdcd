import urllib.parse


def run(params):
    made = [urllib.parse.urlencode({"q": f"a b/ü{i}", "n": [i, i + 1]}, doseq=True) for i in range(80)]
    parts = urllib.parse.urlsplit("https://user:pw@example.org:8080/a/b;c?x=1&y=2#frag")
    return [made[3], urllib.parse.parse_qs(made[9])["n"], parts.port, urllib.parse.urljoin("http://h/a/b/c", "../d?e"), urllib.parse.unquote_plus("%C3%BC+x")]
