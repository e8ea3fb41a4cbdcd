import difflib
import textwrap


def run(params):
    text = "Sphinx of black quartz, judge my vow. " * 8
    wrapped = textwrap.wrap(text, 31, subsequent_indent="  ")
    changed = [line.replace("quartz", "opal") if i % 3 else line for i, line in enumerate(wrapped)]
    diff = list(difflib.unified_diff(wrapped, changed, lineterm=""))
    return [len(wrapped), textwrap.shorten(text, 20), len(diff), difflib.get_close_matches("aple", ["apple", "ape", "peach"]), textwrap.dedent("  a\n   b")]
