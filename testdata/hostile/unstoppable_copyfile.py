# A file that is appended to itself for ever, and cut when it is full.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import shutil

while True:
    try:
        with open("a", "wb") as f:
            f.write(b"x" * 1000)
        while True:
            with open("a", "rb") as source, open("a", "ab") as target:
                shutil.copyfileobj(source, target)
    except BaseException:
        pass
