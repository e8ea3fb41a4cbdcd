"""What a script can do beyond Python: talk to the host that runs it.

    import vivarium
    vivarium.log("started", level="info")
    vivarium.metric("rows_total", 3, kind="counter", table="users")
    vivarium.progress(0.5, "half way")
    reply = vivarium.call("lookup", key="a")
    value = vivarium.params()["value"]

Everything is bounded by the task's limits; OverflowError says which call
reached one.
"""

import json as _json

import _vivarium

__all__ = ["HostError", "Interrupted", "TimedOut", "call", "log", "metric", "params", "progress"]

_LEVELS = {"debug": 1, "info": 2, "warning": 3, "error": 4, "critical": 5}
_KINDS = {"counter": 0, "gauge": 1, "histogram": 2}
_PARAMS = 3  # VIV_IN_PARAMS
_TIMEOUT, _FUEL = 2, 3  # VIV_TICK_*


class Interrupted(KeyboardInterrupt):
    """The host asked the script to stop; the grace period is running.

    A KeyboardInterrupt is no Exception, so that `except Exception` does not swallow
    it by accident, and the one thing that asyncio lets out of its tasks and callbacks.
    """


class TimedOut(Interrupted):
    """The task's deadline passed; the grace period is running."""


def interruption(reason):
    """The exception for a reason of the host's, VIV_TICK_* of guest/vivarium_abi.h."""
    if reason == _TIMEOUT:
        return TimedOut("the task's time is up")
    return Interrupted("the task's fuel is used up" if reason == _FUEL else "the task was cancelled")


class HostError(Exception):
    """A host function failed; the text is the host's error."""


def params():
    """The task's params, decoded afresh at each call; None if there are none."""
    raw = _vivarium.input(_PARAMS)
    return None if raw is None else _json.loads(raw)


def log(message, level="info"):
    """Adds a record to the task's log. level: debug, info, warning, error, critical."""
    _vivarium.log(_choice("level", level, _LEVELS), str(message))


def metric(name, value=1.0, *, kind="gauge", **labels):
    """Reports a number. kind: counter (value is added), gauge (set), histogram (observed)."""
    text = {str(k): str(v) for k, v in labels.items()}
    _vivarium.metric(_choice("kind", kind, _KINDS), name, float(value), _json.dumps(text))


def progress(fraction, message=""):
    """Reports how far the task is, from 0.0 to 1.0."""
    _vivarium.progress(float(fraction), str(message))


def call(name, /, **arguments):
    """Calls a function of the host by name and returns its value.

    Raises HostError with the host's text when it fails, LookupError when there
    is no such function. Arguments and value travel as JSON.
    """
    raw = _json.dumps(arguments, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    ok, reply = _vivarium.call(name, raw.encode())
    if not ok:
        raise HostError(reply.decode("utf-8", "replace"))
    return _json.loads(reply) if reply else None


def _choice(what, value, choices):
    try:
        return choices[value]
    except (KeyError, TypeError):
        raise ValueError(f"{what} {value!r}: use one of {', '.join(choices)}") from None
