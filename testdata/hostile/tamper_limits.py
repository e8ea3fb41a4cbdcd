# Raises by itself what only a limit raises: the outcome is an exception, no limit.
#
# outcome: exception vivarium.TimedOut: by hand
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import signal

import vivarium

for error in (vivarium.Interrupted("fake"), KeyboardInterrupt(), TimeoutError(), RecursionError("fake")):
    try:
        raise error
    except BaseException:
        pass
try:
    signal.raise_signal(signal.SIGINT)
except vivarium.Interrupted:
    raise vivarium.TimedOut("by hand") from None
