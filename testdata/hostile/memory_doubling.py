# A text that doubles.
#
# outcome: limit memory soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

text = "x"
while True:
    text += text
