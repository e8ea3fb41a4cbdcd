# An exception that says 50 MiB.
#
# outcome: exception ValueError: characters cut
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# memory: 384MiB
# timeout: 2s
raise ValueError("m" * (50 << 20) + "the end")
