# A callback of sys.monitoring that hears of every line, and of what is raised.
#
# outcome: limit timeout hard
# time: <= timeout + grace + 100ms
# host_rss: <= memory + 64MiB

import sys


def deaf(*args):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


events = sys.monitoring.events
sys.monitoring.use_tool_id(0, "deaf")
sys.monitoring.register_callback(0, events.LINE, deaf)
sys.monitoring.register_callback(0, events.RAISE, deaf)
sys.monitoring.set_events(0, events.LINE | events.RAISE)
deaf_line = 1
