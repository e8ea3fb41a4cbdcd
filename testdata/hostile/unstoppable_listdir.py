# Listing a directory with a thousand names for ever.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import os

os.mkdir("d")
for i in range(500):
    open(f"d/{i}", "w").close()
while True:
    try:
        while True:
            os.listdir("d")
    except BaseException:
        pass
