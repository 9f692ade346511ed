"""The word that a signal leaves.

Installed before anything heavy is imported: the handler only remembers the signal and wakes whoever asked to be woken.
A second signal ends the process at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


class StopWord:
    """Whether a signal has asked the process to stop."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        """SIGINT or SIGTERM; None while neither has arrived."""
        self._on_stop: Callable[[], None] | None = None

    def install(self) -> None:
        """Takes over SIGINT, SIGTERM and SIGHUP. As PID 1 a process without a handler ignores them."""
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)
        # a closed terminal or a lost connection ends a gate like a cancelled job; nohup asks to be left alone
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
            signal.signal(signal.SIGHUP, self._handle)

    def when_stopped(self, call: Callable[[], None] | None) -> None:
        """Calls `call` when the signal arrives, or now when it has; it must return at once."""
        self._on_stop = call
        if call is not None and self.signal_number is not None:
            call()

    def _handle(self, number: int, _frame: object) -> None:
        if self.signal_number is not None:
            os._exit(128 + number)
        self.signal_number = number
        if self._on_stop is not None:
            self._on_stop()


STOP_WORD = StopWord()
"""The one of this process: signals are the process's, not a function's."""
