# A host function whose reply is larger than anybody may get, in a loop.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
# unstoppable: yes
import vivarium

while True:
    try:
        vivarium.call("flood", tell="me")
    except OverflowError:
        pass
