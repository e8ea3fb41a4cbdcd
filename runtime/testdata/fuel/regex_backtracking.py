import re


def run(params):
    missed = re.match(r"(a|aa)+$", "a" * 16 + "b")
    found = re.search(r"(?<=x)(?:ab?c*)+?(?=y)(?!yz)", "xabcabcacabcy")
    return [missed is None, found.group(), re.fullmatch(r"(?i:(\w)\w*\1)", "Abcda").span()]
