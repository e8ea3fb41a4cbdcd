def run(params):
    words = {f"word{i * 7 % 500}" for i in range(1500)}
    others = {f"word{i}" for i in range(0, 500, 3)}
    both, either, one = words & others, words | others, words ^ others
    first = list(words)[:50]  # its order is the hash seed's
    return [len(both), len(either), len(one), len(frozenset(map(frozenset, first))), both <= words, len(first)]
