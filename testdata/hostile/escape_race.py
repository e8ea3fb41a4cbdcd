# A folder and a link that leads out change places, while a path goes through them.
#
# outcome: value {"found":[],"tries":300}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# mount: rw
# timeout: 2s
import os


def run(params):
    found = []
    os.mkdir("/data/folder")
    open("/data/folder/secret.txt", "w").close()
    os.rename("/data/up", "/data/link")  # it leads to ..
    inside = os.open("/data/folder", os.O_RDONLY | os.O_DIRECTORY)
    for tries in range(300):
        os.rename("/data/folder", "/data/aside")
        os.rename("/data/link", "/data/folder")
        for act in (
            lambda: open("/data/folder/secret.txt").read(),
            lambda: os.listdir("/data/folder"),
            lambda: os.open("../secret.txt", os.O_RDONLY, dir_fd=inside),
            lambda: os.open("../../secret.txt", os.O_RDONLY, dir_fd=inside),
            lambda: os.rename("/data/data.txt", "/data/folder/stolen"),
        ):
            try:
                found.append(str(act()))
            except OSError:
                pass
        os.rename("/data/folder", "/data/link")
        os.rename("/data/aside", "/data/folder")
        with open("/data/folder/secret.txt") as f:
            assert f.read() == ""
    return {"found": found, "tries": tries + 1}
