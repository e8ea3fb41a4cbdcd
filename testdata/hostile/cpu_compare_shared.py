# Two lists of sixty lists in all, which have 2**60 to compare.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

a, b = [], []
for _ in range(60):
    a, b = [a, a], [b, b]
a == b
