import itertools


def run(params):
    return [
        sum(1 for _ in itertools.permutations(range(6))),
        list(itertools.islice(itertools.accumulate(itertools.count(1), max), 5)),
        [len(list(g)) for _, g in itertools.groupby("aaabbc")],
        sum(map(sum, itertools.product(range(8), repeat=3))),
        list(itertools.chain.from_iterable(itertools.batched("abcdefg", 3))),
        len(list(itertools.combinations_with_replacement(range(10), 3))),
        list(itertools.zip_longest("ab", itertools.pairwise("xyz"))),
        list(itertools.compress("abcd", itertools.cycle([1, 0]))),
    ]
