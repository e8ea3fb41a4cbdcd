# A host function that panics, called again and again.
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
            vivarium.call("panics")
    except BaseException:
        pass
