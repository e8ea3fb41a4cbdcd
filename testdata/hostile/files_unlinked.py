# Files that are open and have no name any more, again and again.
#
# outcome: value {"bounded":true}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import os


def run(params):
    held, chunk = [], b"x" * (1 << 20)
    for n in range(200):
        try:
            fd = os.open("/tmp/same", os.O_CREAT | os.O_RDWR)
            os.unlink("/tmp/same")
            held.append(fd)
            os.write(fd, chunk)
        except OSError:
            pass
    size = sum(os.fstat(fd).st_size for fd in held)
    for fd in held:
        os.close(fd)
    with open("/tmp/again", "wb") as f:
        f.write(chunk * 32)
    return {"bounded": size <= 64 << 20}
