# An exception of its own with the name of a limit.
#
# outcome: exception TimedOut: mine
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
class TimedOut(BaseException):
    pass


raise TimedOut("mine")
