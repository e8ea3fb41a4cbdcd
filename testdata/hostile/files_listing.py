# A folder changes while it is listed, and never comes to an end.
#
# outcome: value {"listed":true,"left":0}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
# timeout: 2s
import os


def run(params):
    for folder in ("/tmp/list", "/data/list"):
        os.mkdir(folder)
        for n in range(50):
            open(f"{folder}/{n}", "w").close()
        listed = 0
        for entry in os.scandir(folder):
            listed += 1
            os.unlink(entry.path)
            if listed < 1000:
                open(f"{folder}/new{listed}" + "n" * 100, "w").close()
        for name in os.listdir(folder):
            os.unlink(f"{folder}/{name}")
        os.rmdir(folder)
    return {"listed": listed >= 50, "left": len(os.listdir("/tmp"))}
