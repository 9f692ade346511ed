"""How often, and over how long, the platform has to repeat an odd answer before it is believed."""

from __future__ import annotations

READINGS = 3
SECONDS = 20.0
"""A platform of several replicas may be some seconds behind in one answer and not in the next."""
PAUSES_SECONDS = (2.0, 6.0, 12.5)
"""Between the readings; together a little more than `SECONDS`."""


class Streak:
    """Counts odd answers in a row."""

    def __init__(self) -> None:
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
        return self._count >= READINGS and now - self._first_at >= SECONDS

    @property
    def pause_seconds(self) -> float:
        """How long to wait before asking again: longer each time."""
        return PAUSES_SECONDS[min(max(self._count - 1, 0), len(PAUSES_SECONDS) - 1)]
