# Numbers that are none, sums that become infinite, kinds that change.
#
# outcome: value {"kept":0}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys

import vivarium


def run(params):
    kept = 0
    for value in (float("nan"), float("inf"), -float("inf"), 10**400, "1e999", -(10**309)):
        for kind in ("counter", "gauge", "histogram"):
            try:
                vivarium.metric("m", value, kind=kind)
                kept += 1
            except (ValueError, OverflowError):
                pass
    for _ in range(10):
        vivarium.metric("big", sys.float_info.max, kind="counter")
        vivarium.metric("wide", sys.float_info.max, kind="histogram")
        vivarium.metric("wide", -sys.float_info.max, kind="histogram")
    for kind in ("gauge", "histogram"):
        try:
            vivarium.metric("big", 1, kind=kind)
            kept += 1
        except ValueError:
            pass
    try:
        vivarium.metric("big", -1, kind="counter")
        kept += 1
    except ValueError:
        pass
    return {"kept": kept}
