# It exits, and says that it has a number that no exit has.
#
# outcome: exit 1
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import sys

import _vivarium
import _vivarium_boot

_vivarium_boot._report = lambda error: _vivarium.error(b'{"type":"SystemExit","exit_code":9223372036854775808}')
sys.exit(77)
