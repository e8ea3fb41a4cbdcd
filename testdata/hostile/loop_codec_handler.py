# An error handler that sends the decoder, which is in C, back to where it failed.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import codecs

codecs.register_error("again", lambda error: ("", error.start))
b"\xff".decode("utf-8", "again")
