"""Progress as one JSON object a line, for log collectors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from probe_gate.domain.plain_text import log_line, plain_line
from probe_gate.domain.run import Run, share_done
from probe_gate.ports import Clock, Progressed
from probe_gate.progress.facts import LONGEST_NAME, message_of, status_of


class JsonProgress:
    """Every event, as it comes. Keys without a value are left out."""

    def __init__(self, write: Callable[[str], None], clock: Clock) -> None:
        """`write` takes a line without its line break and must not raise."""
        self._write = write
        self._clock = clock

    def tell(self, event: Progressed) -> None:
        line: dict[str, Any] = {
            "target_id": event.target.id,
            "target": plain_line(event.target.name or "", LONGEST_NAME) or None,
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
    share = share_done(run)
    return {
        "test_run_id": run.id,
        "status": status_of(run) or None,
        "share_done": None if share is None else round(share, 4),
        "passed": run.counts.passed,
        "failed": run.counts.failed,
        "errors": run.counts.errors,
        "total": run.counts.total,
    }
