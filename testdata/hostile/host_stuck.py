# A host function that does not even notice that the task's time is up.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB
# host: yes
# unstoppable: yes
import vivarium

while True:
    try:
        vivarium.call("stuck")
    except BaseException:
        pass
