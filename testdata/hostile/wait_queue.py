# Waiting for something to come out of a queue that nobody puts anything in.
# Before its first run this said hard: waiting for a lock asks for signals, even where there are no
# threads.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# type: io
# unstoppable: yes

import queue

queue.Queue().get()
