# A destructor that loops, in which no exception gets out.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

class Forever:
    def __del__(self):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass


del [Forever()][0]
