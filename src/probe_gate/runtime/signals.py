"""Remembers that a signal asked the process to stop.

It is installed before anything heavy is imported: the handler only remembers the signal and wakes whoever asked to be
woken. A later signal ends the process at once. Wrappers and process groups often deliver one signal twice, so one that
follows within a second of the first counts as the same signal.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that stop a gate, where the system has them: Windows knows no SIGHUP, and only Windows knows SIGBREAK, which
Ctrl-Break sends."""
REPEAT_SECONDS = 1.0
"""A signal that arrives this soon after the first one is a repetition of it."""


class StopSignal:
    """Whether a signal has asked the process to stop."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, exit_process: Callable[[int], object] = os._exit
    ) -> None:
        self.signal_number: int | None = None
        """The first one; None while none has arrived."""
        self._arrived_at = 0.0
        self._monotonic = monotonic
        self._exit_process = exit_process
        self._on_stop: Callable[[], None] | None = None

    def install(self) -> None:
        """Handle the signals that stop a gate. As PID 1, a process without a handler would ignore them."""
        for number in [getattr(signal, name) for name in STOP_SIGNALS if hasattr(signal, name)]:
            # a closed terminal or a lost connection stops a gate like a cancelled job; nohup asks to be left alone
            if number != getattr(signal, "SIGHUP", None) or signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._handle)

    def on_stop(self, call: Callable[[], None] | None) -> None:
        """Call `call` when the signal arrives, or now if it has. It must return at once; None: call nothing any more."""
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
