"""How often, and over how long, the platform has to repeat an odd answer before it is believed."""

from __future__ import annotations

from probe_gate.ports import NotStartedError
from probe_gate.timings import Timings

MIN_ANSWERS = 3


class Streak:
    """Counts odd answers in a row."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._count = 0
        self._first_at = 0.0

    def add(self, now: float) -> None:
        """Add an odd answer received at `now`, in seconds of the monotonic clock."""
        if self._count == 0:
            self._first_at = now
        self._count += 1

    def clear(self) -> None:
        """Start again, after an answer that makes sense."""
        self._count = 0

    def is_conclusive(self, now: float) -> bool:
        """Return whether the answers were so many, over so long, that they are to be believed."""
        return self._count >= MIN_ANSWERS and now - self._first_at >= self._timings.confirmation_seconds

    @property
    def pause_seconds(self) -> float:
        """How long to wait before asking again: longer each time."""
        pauses = self._timings.confirmation_pauses_seconds
        return pauses[min(max(self._count - 1, 0), len(pauses) - 1)]


def backoff_seconds(error: NotStartedError, attempts: int, random: float, timings: Timings) -> float:
    """Return how long to wait before a request is sent again that is known to have done nothing.

    Args:
        error: Why it was not carried out; how long the platform asks to wait goes first.
        attempts: How often it was sent before.
        random: A number from 0 to 1, so that gates that were refused together spread.
        timings: The longest pause.
    """
    if error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, 0.0) + random
    return min(2.0**attempts, timings.max_backoff_seconds) * (0.5 + random / 2)
