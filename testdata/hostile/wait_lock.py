# Waiting for a lock that only another thread could release, and there is none.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# unstoppable: yes

import threading

lock = threading.Lock()
lock.acquire()
lock.acquire()
