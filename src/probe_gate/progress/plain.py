"""Progress as plain lines, for the log of a CI job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probe_gate.domain.evidence import Target
from probe_gate.domain.numbers import plural
from probe_gate.domain.plain_text import log_line
from probe_gate.ports import Clock, Progressed, Step
from probe_gate.progress.facts import describe_run, message_of, name_of, status_of

SECONDS_BETWEEN_LINES = 60.0
MOST_TARGETS_WITH_OWN_LINES = 10
"""With more, only warnings and verdicts have a line of their own, and one line sums up the others."""


@dataclass(slots=True)
class _Told:
    """The last that was told of one target."""

    step: Step
    message: str
    status: str
    written_at: float


class PlainProgress:
    """A line when something changes, and otherwise one a minute at most."""

    def __init__(self, write: Callable[[str], None], clock: Clock) -> None:
        """`write` takes a line without its line break."""
        self._write = write
        self._clock = clock
        self._told: dict[Target, _Told] = {}
        self._summed_up_at = clock.monotonic()

    def tell(self, event: Progressed) -> None:
        now = self._clock.monotonic()
        before = self._told.get(event.target)
        after = _Told(event.step, message_of(event), status_of(event.run), now)
        if self._deserves_line(event, before, after):
            self._told[event.target] = after
            self._say(self._line_of(event, before, after))
            return
        if before is not None:
            after.written_at, after.message = before.written_at, before.message
        self._told[event.target] = after
        if self._is_crowd and now - self._summed_up_at >= SECONDS_BETWEEN_LINES:
            self._say(self._sum_up())

    @property
    def _is_crowd(self) -> bool:
        return len(self._told) > MOST_TARGETS_WITH_OWN_LINES

    def _deserves_line(self, event: Progressed, before: _Told | None, after: _Told) -> bool:
        if event.step is Step.JUDGED:
            return True
        if event.is_warning:
            return before is None or before.message != after.message or self._is_due(before, after)
        if self._is_crowd:
            return False
        if before is None or (before.step, before.status) != (after.step, after.status):
            return True
        return self._is_due(before, after)

    @staticmethod
    def _is_due(before: _Told, after: _Told) -> bool:
        return after.written_at - before.written_at >= SECONDS_BETWEEN_LINES

    def _line_of(self, event: Progressed, before: _Told | None, after: _Told) -> str:
        words = []
        if len(self._told) > 1:
            words.append(f"{name_of(event.target)}:")
        if event.is_warning:
            words.append("warning:")
        facts = describe_run(event) if event.step in (Step.WAITING, Step.BUSY, Step.CANCELLING) else ""
        if not facts or event.is_warning or before is None or before.step is not after.step:
            words.append(after.message)
        if facts and not event.is_warning:
            words.append(facts)
        return " ".join(words)

    def _sum_up(self) -> str:
        self._summed_up_at = self._clock.monotonic()
        counts: dict[Step, int] = {}
        for told in self._told.values():
            counts[told.step] = counts.get(told.step, 0) + 1
        steps = ", ".join(f"{counts[step]:,} {step.value}" for step in Step if step in counts)
        return f"{plural(len(self._told), 'target')}: {steps}"

    def _say(self, text: str) -> None:
        self._write(log_line(f"{self._clock.now():%H:%M:%S}Z  {text}"))
