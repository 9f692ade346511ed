"""The time of exchanges, moved by hand."""

from __future__ import annotations

import threading

from probe_gate.http.abort import Abort, Watchdog, Why
from tests.harness.waiting import wait_until


class HandWatchdog(Watchdog):
    """Takes the place of a session's watchdog: the time of its exchanges is over when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: set[Abort] = set()

    def watch(self, abort: Abort, seconds: float) -> None:
        self.watched.add(abort)

    def forget(self, abort: Abort) -> None:
        self.watched.discard(abort)

    def expire(self) -> None:
        """End what is watched now, as the watchdog does at a deadline."""
        for abort in list(self.watched):
            abort.trip(Why.DEADLINE)


class HandTime(threading.Condition):
    """A clock that is moved by hand, and the condition on which a thread waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.waits = 0

    def monotonic(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for any change, the clock's included. Whoever is woken looks at the clock, so `timeout` is not needed."""
        self.waits += 1
        return super().wait()

    def advance(self, seconds: float) -> None:
        """Move the clock; return when the thread has seen it and waits again."""
        with self:
            before = self.waits
            self.now += seconds
            self.notify_all()
        wait_until(lambda: self.waits > before, "the watchdog has looked at the clock")
