# An interrupt that the script sends itself: it was not the host.
#
# outcome: exception vivarium.Interrupted: cancelled
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
import signal


def run(params):
    signal.raise_signal(signal.SIGINT)
