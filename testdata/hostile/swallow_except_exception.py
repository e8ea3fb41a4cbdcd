# An honest loop that catches all exceptions, as many do: a time-out is none of them.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
while True:
    try:
        while True:
            pass
    except Exception:
        pass
