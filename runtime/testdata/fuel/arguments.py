import argparse
import shlex


def run(params):
    parser = argparse.ArgumentParser(prog="tool", exit_on_error=False)
    parser.add_argument("names", nargs="+")
    parser.add_argument("-n", "--number", type=int, default=3, choices=range(10))
    commands = parser.add_mutually_exclusive_group()
    commands.add_argument("--fast", action="store_true")
    commands.add_argument("--slow", action="store_const", const=2)
    got = parser.parse_args(shlex.split("'a b' c -n 5 --fast"))
    return [vars(got), len(parser.format_usage()), shlex.join(["x y", "z"])]
