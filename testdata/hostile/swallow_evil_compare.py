# A comparison that swallows, called by a sort in C.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

class Evil:
    def __lt__(self, other):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass


sorted([Evil(), Evil()])
