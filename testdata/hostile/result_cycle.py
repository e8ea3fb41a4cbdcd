# A value that contains itself, far down.
#
# outcome: exception ValueError: the value contains itself
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
def run(params):
    inner = {}
    inner["again"] = [inner]
    return {"result": [1, (2, inner)]}
