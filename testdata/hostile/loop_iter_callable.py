# An iterator that asks a function in C until it says 1, which it never does.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

any(iter(int, 1))
