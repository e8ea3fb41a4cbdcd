# An error whose report has other types than the host expects.
#
# outcome: exception Exception: kept from being described
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium
import _vivarium_boot

_vivarium_boot._report = lambda error: _vivarium.error(
    b'{"type":5,"message":[],"frames":[{"file":{},"line":1e999}],"traceback":{},"exit_code":-99999999999999999999}'
)
raise MemoryError
