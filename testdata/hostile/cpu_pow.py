# A power with billions of digits.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

def run(params):
    return (7 ** 5_000_000) ** 3 % 10
