# A list of a few MB of JSON that is much larger as Python's.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
import json


def run(params):
    return len(json.loads("[" + "[]," * 3_000_000 + "[]]"))
