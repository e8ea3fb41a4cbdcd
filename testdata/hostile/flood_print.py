# Output that never ends, in short lines and long ones.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys

while True:
    print("x" * 1000)
    sys.stderr.write("y" * 100000 + "\n")
