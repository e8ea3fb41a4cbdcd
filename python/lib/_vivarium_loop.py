"""An asyncio event loop for a world without sockets, pipes and threads.

CPython's loop wakes itself through a socket pair; here nothing can wake it but
time, so waiting is sleeping. The host ends a sleep when it interrupts the task.
"""

import selectors
import time

import _vivarium
import vivarium


class _SleepingSelector(selectors._BaseSelectorImpl):
    """Has nothing to select on: it waits."""

    def select(self, timeout=None):
        if timeout is None:  # nothing is scheduled
            if reason := _vivarium.interrupt_reason():
                # It came while a task was about to be scheduled, which was lost, and asyncio.run
                # now waits for that to be cancelled. Nothing else will ever end this.
                raise vivarium.interruption(reason)
            while True:
                time.sleep(3600)
        if timeout > 0:
            time.sleep(timeout)
        return []


def sandboxed(base):
    """base, CPython's selector event loop, without what the sandbox lacks."""

    class SandboxEventLoop(base):
        def __init__(self, selector=None):
            super().__init__(selector or _SleepingSelector())

        def _make_self_pipe(self):
            self._ssock = self._csock = None
            self._internal_fds = 0

        def _close_self_pipe(self):
            pass

        def _write_to_self(self):
            pass  # there is no other thread that could have called

        def run_in_executor(self, executor, func, *args):
            self._check_closed()
            raise RuntimeError("threads cannot be started in this sandbox; call the function directly")

        async def getaddrinfo(self, *args, **kwargs):
            import _vivarium_net

            _vivarium_net.refuse()

        getnameinfo = create_server = create_datagram_endpoint = getaddrinfo
        create_unix_connection = create_unix_server = getaddrinfo

        def add_signal_handler(self, sig, callback, *args):
            raise NotImplementedError("no signals reach this sandbox")

    SandboxEventLoop.__qualname__ = SandboxEventLoop.__name__
    return SandboxEventLoop
