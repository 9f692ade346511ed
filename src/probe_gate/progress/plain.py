"""Progress as plain lines, for the log of a CI job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probe_gate.domain.evidence import Target
from probe_gate.domain.numbers import plural
from probe_gate.domain.plain_text import log_line
from probe_gate.ports import Clock, Progressed, Step
from probe_gate.progress.facts import describe_run, message_of, name_of

SECONDS_BETWEEN_LINES = 60.0
MOST_TARGETS_WITH_OWN_LINES = 10
"""With more, only warnings and verdicts have a line of their own, and one line sums up the others."""


@dataclass(slots=True)
class _Told:
    """What was last told of one target."""

    step: Step
    said: str
    said_at: float
    warning: str = ""
    warned_at: float = 0.0


class PlainProgress:
    """A line when something changes, and otherwise one a minute at most."""

    def __init__(self, write: Callable[[str], None], clock: Clock, *, target_count: int = 1) -> None:
        """`write` takes a line without its line break and must not raise. Lines name their target when it is not alone."""
        self._write = write
        self._target_count = target_count
        self._clock = clock
        self._told: dict[Target, _Told] = {}
        self._summed_up_at = clock.monotonic()

    def tell(self, event: Progressed) -> None:
        now = self._clock.monotonic()
        told = self._told.setdefault(event.target, _Told(event.step, "", now))
        told.step = event.step
        message = message_of(event)
        if event.step is Step.JUDGED:
            self._say(event, message if event.verdict is None else f"{event.verdict.outcome}: {message}")
        elif event.is_warning:
            if message != told.warning or now - told.warned_at >= SECONDS_BETWEEN_LINES:
                told.warning, told.warned_at = message, now
                self._say(event, f"warning: {message}")
        elif not self._is_crowd:
            if message != told.said or now - told.said_at >= SECONDS_BETWEEN_LINES:
                told.said, told.said_at = message, now
                self._say(event, self._describe(event, message))
        elif now - self._summed_up_at >= SECONDS_BETWEEN_LINES:
            self._summed_up_at = now
            self._write_line(self._sum_up())

    @property
    def _is_crowd(self) -> bool:
        return self._target_count > MOST_TARGETS_WITH_OWN_LINES

    @staticmethod
    def _describe(event: Progressed, message: str) -> str:
        facts = describe_run(event) if event.step is Step.WAITING else ""
        return f"{message.removesuffix('.')}: {facts}" if facts else message

    def _say(self, event: Progressed, text: str) -> None:
        self._write_line(f"{name_of(event.target)}: {text}" if self._target_count > 1 else text)

    def _sum_up(self) -> str:
        counts: dict[Step, int] = {}
        for told in self._told.values():
            counts[told.step] = counts.get(told.step, 0) + 1
        steps = ", ".join(f"{counts[step]:,} {step.value}" for step in Step if step in counts)
        return f"{plural(self._target_count, 'target')}: {steps}"

    def _write_line(self, text: str) -> None:
        self._write(log_line(f"{self._clock.now():%H:%M:%S}Z  {text}"))
