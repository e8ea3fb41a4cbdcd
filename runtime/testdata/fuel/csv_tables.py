import csv
import io


def run(params):
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "text", "n"], quoting=csv.QUOTE_MINIMAL)
    writer.writeheader()
    writer.writerows({"id": i, "text": f'a "{i}", b\n', "n": i / 4} for i in range(150))
    out.seek(0)
    rows = list(csv.DictReader(out))
    return [len(rows), rows[9], csv.Sniffer().sniff("a;b;c\n1;2;3\n").delimiter]
