# A host function that returns when its task is over, called again and again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# host: yes

import vivarium

while True:
    try:
        vivarium.call("slow")
    except BaseException:
        pass
