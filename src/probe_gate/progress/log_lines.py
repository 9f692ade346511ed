"""Progress and requests as lines of a log: for people, or one JSON object a line for log collectors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import plural
from probe_gate.domain.run import Run, progress_fraction
from probe_gate.domain.text import log_line, plain_line
from probe_gate.http.connection import RequestRecord
from probe_gate.progress.descriptions import MAX_NAME_LENGTH, describe_run, message_of, name_of, status_of
from probe_gate.use_cases.ports import Clock, Progressed, Step

SECONDS_BETWEEN_LINES = 60.0
MAX_TARGETS_WITH_OWN_LINES = 10
"""With more, only warnings and verdicts have a line of their own, and one line sums up the others."""


@dataclass(slots=True)
class _LastReported:
    """What was last last of one target."""

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
        self._told: dict[Target, _LastReported] = {}
        self._summed_up_at = clock.monotonic()

    def report(self, event: Progressed) -> None:
        now = self._clock.monotonic()
        last = self._told.setdefault(event.target, _LastReported(event.step, "", now))
        last.step = event.step
        message = message_of(event)
        if event.step is Step.JUDGED:
            self._print(event, message if event.verdict is None else f"{event.verdict.outcome}: {message}")
        elif event.is_warning:
            if message != last.warning or now - last.warned_at >= SECONDS_BETWEEN_LINES:
                last.warning, last.warned_at = message, now
                self._print(event, f"warning: {message}")
        elif not self._is_crowd:
            if message != last.said or now - last.said_at >= SECONDS_BETWEEN_LINES:
                last.said, last.said_at = message, now
                self._print(event, self._describe(event, message))
        elif now - self._summed_up_at >= SECONDS_BETWEEN_LINES:
            self._summed_up_at = now
            self._write_line(self._sum_up())

    @property
    def _is_crowd(self) -> bool:
        return self._target_count > MAX_TARGETS_WITH_OWN_LINES

    @staticmethod
    def _describe(event: Progressed, message: str) -> str:
        facts = describe_run(event) if event.step is Step.WAITING else ""
        return f"{message.removesuffix('.')}: {facts}" if facts else message

    def _print(self, event: Progressed, text: str) -> None:
        self._write_line(f"{name_of(event.target)}: {text}" if self._target_count > 1 else text)

    def _sum_up(self) -> str:
        counts: dict[Step, int] = {}
        for last in self._told.values():
            counts[last.step] = counts.get(last.step, 0) + 1
        steps = ", ".join(f"{counts[step]:,} {step.value}" for step in Step if step in counts)
        return f"{plural(self._target_count, 'target')}: {steps}"

    def _write_line(self, text: str) -> None:
        self._write(log_line(f"{self._clock.now():%H:%M:%S}Z  {text}"))


class JsonProgress:
    """Every event, as it comes. Keys without a value are left out."""

    def __init__(self, write: Callable[[str], None], clock: Clock) -> None:
        """`write` takes a line without its line break and must not raise."""
        self._write = write
        self._clock = clock

    def report(self, event: Progressed) -> None:
        line: dict[str, Any] = {
            "target_id": event.target.id,
            "target": plain_line(event.target.name or "", MAX_NAME_LENGTH) or None,
            "step": event.step.name.lower(),
            "message": message_of(event),
            **_describe(event.run),
            "remaining_seconds": None if event.remaining_seconds is None else round(event.remaining_seconds, 1),
        }
        if event.scores is not None:
            line["overall_score"] = event.scores.overall
        if event.verdict is not None:
            line["outcome"] = event.verdict.outcome.value
            line["reason"] = plain_line(event.verdict.reason, 600)
        self._write_line("warning" if event.is_warning else "info", line)

    def _write_line(self, level: str, line: dict[str, Any]) -> None:
        whole = {"time": self._clock.now().isoformat(timespec="milliseconds"), "level": level, **line}
        self._write(log_line(json.dumps({key: value for key, value in whole.items() if value is not None})))


def _describe(run: Run | None) -> dict[str, Any]:
    if run is None:
        return {}
    share = progress_fraction(run)
    return {
        "test_run_id": run.id,
        "status": status_of(run) or None,
        "share_done": None if share is None else round(share, 4),
        "passed": run.counts.passed,
        "failed": run.counts.failed,
        "errors": run.counts.errors,
        "total": run.counts.total,
    }


MAX_PATH = 300


class RequestLog:
    """Writes a line for each request: fulfils `http.connection.RequestObserver`."""

    def __init__(self, write: Callable[[str], None], clock: Clock, *, as_json: bool = False) -> None:
        """`write` takes a line without its line break and must not raise."""
        self._write = write
        self._clock = clock
        self._as_json = as_json

    def __call__(self, record: RequestRecord, decision: str) -> None:
        path, milliseconds = plain_line(record.path, MAX_PATH), round(record.seconds * 1000)
        if record.status is None:
            answer = f"no answer ({record.failure})" if record.failure else "no answer"
        else:
            answer = f"{record.status} ({record.failure})" if record.failure else str(record.status)
        said = f"{record.method} {path}: {answer}, {milliseconds:,} ms, {record.received_bytes:,} bytes: {decision}"
        if not self._as_json:
            self._write(log_line(f"{self._clock.now():%H:%M:%S}Z  {said}"))
            return
        line = {
            "time": self._clock.now().isoformat(timespec="milliseconds"),
            "level": "debug",
            "step": "request",
            "message": said,
            "method": record.method,
            "path": path,
            "status": record.status,
            "failure": record.failure or None,
            "milliseconds": milliseconds,
            "bytes": record.received_bytes,
            "decision": decision,
        }
        self._write(log_line(json.dumps({key: value for key, value in line.items() if value is not None})))
