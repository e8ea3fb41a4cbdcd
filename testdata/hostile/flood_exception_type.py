# An exception whose type has a name of 10 MiB.
#
# outcome: exception Exception: kept from being described
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s
raise type("N" * (10 << 20), (Exception,), {})("message")
