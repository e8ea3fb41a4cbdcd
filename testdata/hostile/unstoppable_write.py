# Writing to a file for ever, over what is there.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

block = bytes(1 << 20)
while True:
    try:
        with open("f", "r+b" if __import__("os").path.exists("f") else "w+b", buffering=0) as f:
            while True:
                f.seek(0)
                f.write(block)
    except BaseException:
        pass
