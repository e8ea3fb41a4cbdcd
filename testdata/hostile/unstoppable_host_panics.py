# A host function that panics, called again and again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes
# host: yes

import vivarium


def ask():
    while True:
        try:
            vivarium.call("panics")
        except vivarium.HostError:
            pass


while True:
    try:
        ask()
    except BaseException:
        pass
