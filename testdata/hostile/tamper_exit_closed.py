# A program that fails, and has closed where its last words go.
#
# outcome: exit 1
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys

sys.stderr.close()
sys.exit("it failed")
