# A host function whose answer is too large, asked again and again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# host: yes

import vivarium

while True:
    try:
        while True:
            vivarium.call("flood")
    except BaseException:
        pass
