# Waiting for a lock that only another thread could release, and there is none.
# Before its first run this said hard: waiting for a lock asks for signals, even where there are no
# threads.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import threading

lock = threading.Lock()
lock.acquire()
lock.acquire()
