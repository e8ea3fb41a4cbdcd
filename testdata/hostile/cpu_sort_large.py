# A sort of many numbers, again and again.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s

numbers = [i * 7919 % 1000003 for i in range(200_000)]
while True:
    numbers.sort()
    numbers.reverse()
    sorted(numbers, key=lambda x: -x)
