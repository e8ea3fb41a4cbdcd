# A function whose file and name have a hundred thousand characters each.
#
# outcome: exception ValueError: 1
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
def boom():
    raise ValueError(1)


boom.__code__ = boom.__code__.replace(co_name="\n" * 10**5, co_filename="/" * 10**5, co_qualname="x" * 10**5)


def run(params):
    boom()
