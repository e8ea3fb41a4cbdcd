"""Training: text — splitting, formatting, searching, encoding, regular expressions."""

import re
import string
import textwrap
import unicodedata

POEM = """Tell all the truth but tell it slant, success in circuit lies; too bright for our
infirm delight the truth's superb surprise. As lightning to the children eased with explanation
kind, the truth must dazzle gradually or every man be blind. Ça va, größer, naïve, Ελλάδα, 日本語.""" * 20


def templates():
    t = string.Template("dear $name, you owe $amount")
    return [t.substitute(name=f"n{i}", amount=f"{i * 1.37:>10.2f}") + "{:,} {!r:>12}".format(i**3, str(i)) + "%05d|%-8s|%x" % (i, i, i) for i in range(800)]


def tokens():
    spec = re.compile(r"(?P<num>\d+(?:\.\d*)?)|(?P<id>[A-Za-z_]\w*)|(?P<op>[-+*/=<>!]=?|\*\*)|(?P<str>'[^']*')|(?P<ws>\s+)")
    source = "total = price_1 * 3.14 + offset - 'a string' >= 7 ** count\n" * 150
    return [(m.lastgroup, m.group()) for m in spec.finditer(source) if m.lastgroup != "ws"]


def scan():
    out = []
    for line in POEM.splitlines():
        line = line.strip().casefold()
        out += [w.strip(string.punctuation) for w in line.split()]
        out.append(line.replace("truth", "lie").title().swapcase())
        out.append(line.partition("the")[2].rjust(90).center(100, "."))
        out.append(str(line.find("a")) + str(line.rfind("e")) + str(line.count("th")))
        out += line.rsplit(",", 2)
        if line.startswith("t") or line.endswith("."):
            out.append(line[::-1].upper().encode("utf-8").decode("utf-8"))
    return out


def wrap():
    return textwrap.fill(textwrap.dedent(POEM), 50), unicodedata.normalize("NFKD", POEM), POEM.encode("utf-16").decode("utf-16"), POEM.translate(str.maketrans("aeiou", "AEIOU"))


def substitute():
    text = re.sub(r"\b(\w)(\w*)\b", lambda m: m[1].upper() + m[2], POEM)
    return re.split(r"[;,.]\s*", text), re.findall(r"(?i)t[a-z]+h", text), re.compile(r"^(a|b)*?c{2,3}$", re.M).search(text)


for _ in range(12):
    templates(), tokens(), scan(), wrap(), substitute()
