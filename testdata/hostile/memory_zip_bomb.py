# An archive with a file in it that becomes a thousand times as long.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 5s
# memory: 64MiB

import io
import zipfile

archive = io.BytesIO()
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
    with file.open("bomb", "w") as bomb:
        for _ in range(100):
            bomb.write(bytes(1 << 20))
zipfile.ZipFile(archive).read("bomb")
