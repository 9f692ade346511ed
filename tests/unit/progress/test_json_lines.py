"""Progress for log collectors."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from probe_gate.domain.evidence import Target
from probe_gate.ports import Step
from probe_gate.progress.json_lines import JsonProgress
from tests.harness import factories as make
from tests.unit.progress.helpers import SetClock, polled, told


def lines_of(*events: Any) -> list[dict[str, Any]]:
    lines: list[str] = []
    progress = JsonProgress(lines.append, SetClock())
    for event in events:
        progress.tell(event)
    assert all("\n" not in line and line.isascii() for line in lines)
    return [json.loads(line) for line in lines]


def test_every_event_is_an_object() -> None:
    """With the numbers as numbers, and no key without a value."""
    (line,) = lines_of(polled(45))
    assert line == {
        "time": "2026-11-24T12:00:00.000+00:00",
        "level": "info",
        "target_id": 42,
        "target": "Support bot",
        "step": "waiting",
        "message": "Test run 7001 is RUNNING.",
        "test_run_id": 7001,
        "status": "RUNNING",
        "share_done": 0.375,
        "passed": 41,
        "failed": 4,
        "errors": 0,
        "total": 120,
        "remaining_seconds": 180.0,
    }


def test_verdict_scores_and_warnings_are_told() -> None:
    """What an alert would be made on."""
    verdict, warning = lines_of(
        told(Step.JUDGED, "x", verdict=make.make_failed_target(), scores=make.make_scores()),
        told(Step.WAITING, "No answer.", is_warning=True),
    )
    assert (verdict["outcome"], verdict["overall_score"]) == ("failed", 84)
    assert warning["level"] == "warning"


@given(make.hostile_text(200))
def test_foreign_text_does_nothing(text: str) -> None:
    """Valid JSON in ASCII without a command in it, whatever the names."""
    (line,) = lines_of(told(Step.WAITING, text, Target(1, text), run=make.make_run(status=text)))
    assert "##[" not in json.dumps(line)
