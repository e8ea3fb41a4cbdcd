# JSON as nobody writes it, handed over directly. It is kept as it is.
#
# outcome: value {"a":1,"a":-0e-999,"\ud800":"\u0000","":1E+999}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import _vivarium

_vivarium.result(b'{"a":1,"a":-0e-999,"\\ud800":"\\u0000","":1E+999}')
