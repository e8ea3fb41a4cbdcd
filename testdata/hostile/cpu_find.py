# Looking for a needle that nearly matches everywhere.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

hay = "a" * 10_000_000
while True:
    hay.count("a" * 5000 + "b")
    hay.replace("aaaaaaaab", "")
