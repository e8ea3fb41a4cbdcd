import re

LOG = re.compile(r"(?P<ip>\d+(?:\.\d+){3}) \[(?P<day>[^\]]*)\] \"(?P<verb>GET|POST) (?P<path>\S+)\" (\d{3})")


def run(params):
    lines = [f'10.0.{i % 7}.{i} [d{i}] "{"GET" if i % 3 else "POST"} /p/{i * i}" {200 + i % 5}' for i in range(150)]
    hits = [LOG.match(line).groupdict() for line in lines]
    text = "\n".join(lines)
    return [len(hits), re.sub(r"(\d+)\.(\d+)", r"\2.\1", text)[:20], len(re.findall(r"(?m)^1.*?4$", text)), re.split(r"\W+", text)[5:9]]
