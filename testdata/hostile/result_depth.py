# A value of a million levels.
#
# outcome: exception ValueError: nested deeper than 1000
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 1s
# memory: 256MiB
def run(params):
    value = None
    for _ in range(500000):
        value = [{"key": value}]
    return value
