# An exception whose name and module are no text that anybody can print.
#
# outcome: exception Plain: not describable
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
class Plain(Exception):
    pass


Plain.__qualname__ = "evil\ud800\n\x1b[2Jexit 0"
Plain.__module__ = "a\nb\udfff"
raise Plain("\ud800" * 100000)
