"""The word that a signal leaves.

Installed before anything heavy is imported: the handler only remembers the signal and wakes whoever asked to be woken.
A later signal ends the process at once. Wrappers and process groups often deliver one signal twice, so one that follows
within a second of the first counts as the same signal.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

REPEAT_SECONDS = 1.0
"""A signal that arrives this soon after the first one is a repetition of it."""


class StopSignal:
    """Whether a signal has asked the process to stop."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, exit_process: Callable[[int], object] = os._exit
    ) -> None:
        self.signal_number: int | None = None
        """SIGINT or SIGTERM; None while neither has arrived."""
        self._arrived_at = 0.0
        self._monotonic = monotonic
        self._exit_process = exit_process
        self._on_stop: Callable[[], None] | None = None

    def install(self) -> None:
        """Takes over SIGINT, SIGTERM and SIGHUP. As PID 1 a process without a handler ignores them."""
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)
        # a closed terminal or a lost connection ends a gate like a cancelled job; nohup asks to be left alone
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
            signal.signal(signal.SIGHUP, self._handle)

    def on_stop(self, call: Callable[[], None] | None) -> None:
        """Calls `call` when the signal arrives, or now when it has; it must return at once."""
        self._on_stop = call
        if call is not None and self.signal_number is not None:
            call()

    def _handle(self, number: int, _frame: object) -> None:
        if self.signal_number is not None:
            if self._monotonic() - self._arrived_at > REPEAT_SECONDS:
                self._exit_process(128 + number)
            return
        self._arrived_at = self._monotonic()  # first: a repetition may interrupt this handler
        self.signal_number = number
        if self._on_stop is not None:
            self._on_stop()


STOP_SIGNAL = StopSignal()
"""The one of this process: signals are the process's, not a function's."""
