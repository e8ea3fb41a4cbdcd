# Waiting for something to come out of a queue that nobody puts anything in.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# type: io
# unstoppable: yes

import queue

queue.Queue().get()
