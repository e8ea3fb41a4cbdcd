import string


def run(params):
    lines = []
    for i in range(150):
        lines.append(f"{i:>6}|{i / 7:10.4f}|{i:#x}|{i:,}|{i!r:^9}|{i:08b}|{-i:+e}")
        lines.append("%5d %-8s %.3g %%" % (i, hex(i), i / 3))
        lines.append("{0[k]}{1.real}".format({"k": i}, i))
    template = string.Template("$who owes ${amount}").substitute(who="Ada", amount=3)
    return [len("".join(lines)), lines[99], template]
