# A host function whose answer is too large, asked again and again.
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
            vivarium.call("flood")
        except OverflowError:
            pass


# An interrupt that comes during a call is raised after its own error, outside of the inner try.
while True:
    try:
        ask()
    except BaseException:
        pass
