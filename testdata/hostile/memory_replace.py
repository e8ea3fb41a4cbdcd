# A replacement that makes a text a hundred thousand times as long.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

("x" * 10_000).replace("x", "y" * 100_000)
