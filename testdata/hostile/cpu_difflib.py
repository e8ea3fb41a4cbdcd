# A comparison that takes cubic time.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s

import difflib

a = [str(i % 7) for i in range(3000)]
b = [str(i % 5) for i in range(3000)]
difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
while True:
    difflib.ndiff(a, b).__next__()
