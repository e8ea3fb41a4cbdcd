import html
import html.parser


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs).get("href"))


def run(params):
    parser = Links()
    parser.feed("".join(f"<p class=x>n &amp; {i}<a href='/p/{i}'>l</a><br/>" for i in range(60)))
    return [len(parser.links), parser.links[-1], html.escape("<a href='x'>"), html.unescape("&eacute;&#8364;")]
