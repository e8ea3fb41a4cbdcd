# A trace function that calls at the limit of the recursion, again and again.
#
# outcome: exception RecursionError
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys


def called():
    pass


def trace(*event):
    try:
        called()
    except BaseException:
        pass
    return trace


def deeper():
    deeper()


sys.settrace(trace)
deeper()
