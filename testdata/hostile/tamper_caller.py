# Looks for the host in the frames that called it, and changes what they hold.
#
# outcome: value {"callers":["_run_entry","run"]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys


def run(params):
    callers, frame = [], sys._getframe(1)
    while frame:
        callers.append(frame.f_code.co_name)
        space = frame.f_globals
        frame.f_trace = lambda *event: sys.exit(3)
        for name in frame.f_locals:
            frame.f_locals[name] = None
        space["RUN_OK"] = space["RUN_RAISED"] = "ok"
        space["_over"] = True
        space["_flush"] = lambda: None
        space["_vivarium_json"] = sys.modules["_vivarium_json"]
        frame = frame.f_back
    space["RUN_OK"] = 0
    return {"callers": callers}
