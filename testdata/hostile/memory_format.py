# A width that no line has.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

f"{1:{10**9}}"
