"""Readings of a target's scores, one after another."""

from __future__ import annotations

from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.freshness import find_flaw
from probe_gate.domain.scores import Scores


def refuse_empty(scores: Scores) -> Scores | Unavailable:
    """Return the scores; `Unavailable` where they hold nothing, which is how some platforms answer that they have none."""
    flaw = find_flaw(scores)
    return Unavailable(flaw) if flaw else scores


class Readings:
    """Remembers the last reading of the scores, and for how long the readings have been the same."""

    def __init__(self, before: Scores | Unavailable | None = None) -> None:
        """Start with no reading.

        Args:
            before: An earlier reading, from before the change that is waited for.
        """
        self.last: Scores | Unavailable | None = None
        """`Unavailable`: the platform answered that it has none. None: nothing was read yet."""
        self._last_scores = before if isinstance(before, Scores) else None
        self._changes = 0
        self._same_since = 0.0
        self._last_at = 0.0

    def add(self, reading: Scores | Unavailable | None, now: float) -> None:
        """Add a reading made at `now`, in seconds of the monotonic clock; None is one that failed, and is skipped."""
        if reading is None:
            return
        if isinstance(reading, Unavailable) or reading != self.last:
            self._same_since = now
        if isinstance(reading, Scores):
            self._changes += self._last_scores is not None and self._last_scores.numbers != reading.numbers
            self._last_scores = reading
        self.last, self._last_at = reading, now

    @property
    def stable_seconds(self) -> float:
        """For how long all readings have been equal to the last one, which holds scores; 0 after the first."""
        return self._last_at - self._same_since

    @property
    def arrives_in_parts(self) -> bool:
        """Return whether the numbers changed more than once: then a part of them may fit a run by chance."""
        return self._changes > 1
