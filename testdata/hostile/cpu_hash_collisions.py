# A dict whose keys all have the same hash.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

class Key:
    def __hash__(self):
        return 7


table = {}
while True:
    table[Key()] = 1
