# A host function that returns when the task has ended, called again and again.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# host: yes
# unstoppable: yes
import vivarium

while True:
    try:
        vivarium.call("slow")
    except BaseException:
        pass
