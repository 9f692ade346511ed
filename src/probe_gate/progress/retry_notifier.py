"""Tells of failures that are asked again: the first at once, then one a minute, and that the platform is back."""

from __future__ import annotations

from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import format_duration
from probe_gate.domain.text import as_sentence
from probe_gate.errors import GateError
from probe_gate.use_cases.ports import Clock, Progress, Progressed, Step

SECONDS_BETWEEN = 60.0


class RetryNotifier:
    """Fulfils what the platform's client calls before it asks again."""

    def __init__(self, progress: Progress, clock: Clock, target: Target) -> None:
        """`target` is the one that the lines are told for."""
        self._progress = progress
        self._clock = clock
        self._target = target
        self._told_at: float | None = None
        self._untold = 0

    def __call__(self, error: GateError, seconds: float) -> None:
        """Report that a request failed with this error and will be sent again after so many seconds."""
        now = self._clock.monotonic()
        if self._told_at is not None and now - self._told_at < SECONDS_BETWEEN:
            self._untold += 1
            return
        again = f" ({self._untold} more failures since the last such line)" if self._untold else ""
        message = f"{as_sentence(error.message)} Retrying in {format_duration(max(seconds, 1.0))}.{again}"
        self._told_at, self._untold = now, 0
        self._progress.report(Progressed(self._target, Step.WAITING, message, is_warning=True))
