def run(params):
    text = "the quick brown fox jumps over the lazy dog " * 40
    words = text.split()
    joined = ",".join(w.capitalize().center(12, "*") for w in words)
    for old, new in (("fox", "cat"), ("*", ""), (",", " ")):
        joined = joined.replace(old, new)
    return [joined.count("Cat"), joined.find("Lazy"), len(joined.title().swapcase()), joined.partition("Dog")[0][-10:]]
