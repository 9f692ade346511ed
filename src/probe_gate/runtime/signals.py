"""Handle the signals that stop the process.

The handler is installed before the slow imports. It records the first signal and calls back; a later signal ends the
process at once. Wrappers and process groups often deliver one signal twice, so a signal within a second of the first
counts as the same one.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP", "SIGBREAK")
"""The signals that stop a gate. A Buildkite agent can be set to send SIGQUIT. Windows has neither that nor SIGHUP; only
Windows has SIGBREAK, which Ctrl-Break sends."""
REPEAT_SECONDS = 1.0
"""A signal that arrives this soon after the first one is a repetition of it."""


class StopSignal:
    """Whether a signal has asked the process to stop."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, exit_process: Callable[[int], object] = os._exit
    ) -> None:
        self.signal_number: int | None = None
        """The first signal; None until one arrives."""
        self._arrived_at = 0.0
        self._monotonic = monotonic
        self._exit_process = exit_process
        self._on_stop: Callable[[], None] | None = None

    def install(self) -> None:
        """Install the handler. As PID 1 of a container, a process without one would ignore the signals."""
        for number in [getattr(signal, name) for name in STOP_SIGNALS if hasattr(signal, name)]:
            # SIGHUP (a closed terminal or lost connection) stops a gate too, unless nohup has disabled it
            if number != getattr(signal, "SIGHUP", None) or signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._handle)

    def on_stop(self, call: Callable[[], None] | None) -> None:
        """Call `call` when the signal arrives, or now if it has. It must not block. None removes the callback."""
        self._on_stop = call
        if call is not None and self.signal_number is not None:
            call()

    def _handle(self, number: int, _frame: object) -> None:
        if self.signal_number is not None:
            if self._monotonic() - self._arrived_at > REPEAT_SECONDS:
                self._exit_process(128 + number)
            return
        self._arrived_at = self._monotonic()  # set first, because a repeated signal may interrupt this handler
        self.signal_number = number
        if self._on_stop is not None:
            self._on_stop()


STOP_SIGNAL = StopSignal()
"""The instance of this process: signal handlers are per process."""
