"""Routes the logging module to the host's log records instead of stderr."""

import logging

import _vivarium


class HostHandler(logging.Handler):
    def emit(self, record):
        try:
            level = min(max(record.levelno // 10, 1), 5)  # VIV_LOG_*
            _vivarium.log(level, self.format(record))
        except Exception:
            self.handleError(record)


_standard_basic_config = logging.basicConfig


def _basic_config(**options):
    """logging.basicConfig, which does nothing once the root has a handler, but
    whose level a script expects to count."""
    if {"filename", "stream", "handlers", "force"} & options.keys():
        return _standard_basic_config(**{"force": True, **options})
    if options.get("level") is not None:
        logging.getLogger().setLevel(options["level"])


def install():
    root = logging.getLogger()
    root.addHandler(HostHandler())
    root.setLevel(logging.INFO)
    logging.basicConfig = _basic_config
