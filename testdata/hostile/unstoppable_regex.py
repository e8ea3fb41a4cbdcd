# A backtracking that is begun anew when it is interrupted.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import re

while True:
    try:
        re.match(r"(a|aa)+$", "a" * 60 + "b")
    except BaseException:
        pass
