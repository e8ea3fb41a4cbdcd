# Folders in folders, deeper than a path may be long, and walks through all of them.
#
# outcome: value {"deep":true,"walked":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import os


def run(params):
    depth = 0
    try:
        while depth < 3000:
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
            depth += 1
    except OSError:
        pass
    os.chdir("/tmp")
    walked = 0
    try:
        for folder, folders, files in os.walk("/tmp"):
            walked += 1
    except RecursionError:
        pass
    return {"deep": depth > 10, "walked": walked >= 10}
