"""Readings of a target's scores, one after another."""

from __future__ import annotations

from probe_gate.domain.evidence import Missing
from probe_gate.domain.score import Scores


class Readings:
    """Remembers the last reading of the scores, and for how long the readings have been the same."""

    def __init__(self) -> None:
        self.last: Scores | Missing | None = None
        """Missing: the platform answered that it has none. None: nothing was read yet."""
        self._same_since = 0.0
        self._last_at = 0.0

    def add(self, reading: Scores | Missing | None, now: float) -> None:
        """Add a reading made at `now`, in seconds of the monotonic clock; None is one that failed, and is skipped."""
        if reading is None:
            return
        if isinstance(reading, Missing) or reading != self.last:
            self._same_since = now
        self.last, self._last_at = reading, now

    @property
    def stable_seconds(self) -> float:
        """For how long all readings have been equal to the last one, which holds scores; 0 after the first."""
        return self._last_at - self._same_since
