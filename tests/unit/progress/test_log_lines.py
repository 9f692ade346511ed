"""Progress and requests as lines of a log."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given

from probe_gate.domain.evidence import Target
from probe_gate.http.connection import RequestRecord
from probe_gate.progress.log_lines import JsonProgress, PlainProgress, RequestLog
from probe_gate.use_cases.ports import Step
from tests.harness import factories as make
from tests.harness.virtual_time import VirtualTime
from tests.unit.progress.helpers import SetClock, polled, told


class Log:
    """A log and its clock."""

    def __init__(self, target_count: int = 1) -> None:
        self.clock = SetClock()
        self.lines: list[str] = []
        self.progress = PlainProgress(self.lines.append, self.clock, target_count=target_count)


def test_a_line_when_something_changes() -> None:
    """Time, what happens, how far it is, what is left."""
    log = Log()
    log.progress.report(told(Step.READING, "Reading the scores of the target."))
    log.progress.report(polled(0, left=None, status="PENDING"))
    log.clock.seconds = 65
    log.progress.report(polled(45))
    assert log.lines == [
        "12:00:00Z  Reading the scores of the target.",
        "12:00:00Z  Test run 7001 is PENDING: 0 %, 0 of 120 test cases",
        "12:01:05Z  Test run 7001 is RUNNING: 37 %, 45 of 120 test cases, 4 failed, about 3 min left",
    ]


def test_one_line_a_minute_at_most_while_nothing_changes() -> None:
    """An hour of polls every two seconds is sixty lines, not eighteen hundred."""
    log = Log()
    for second in range(0, 3600, 2):
        log.clock.seconds = float(second)
        log.progress.report(polled(second // 60))
    assert 55 <= len(log.lines) <= 61


def test_a_new_status_has_a_line_at_once() -> None:
    """Whatever the minute."""
    log = Log()
    log.progress.report(polled(10))
    log.clock.seconds = 1
    log.progress.report(polled(120, left=None, status="COMPLETED"))
    assert len(log.lines) == 2


def test_a_warning_is_said_once_a_minute() -> None:
    """An outage of ten minutes is ten lines, and the polls between them keep their own pace."""
    log = Log()
    for second in range(0, 600, 5):
        log.clock.seconds = float(second)
        log.progress.report(told(Step.WAITING, "The platform does not answer.", is_warning=True))
    assert log.lines[0] == "12:00:00Z  warning: The platform does not answer."
    assert len(log.lines) == 10


def test_the_verdict_is_a_line_with_its_outcome() -> None:
    """Also when it comes within a minute of the line before."""
    log = Log()
    verdict = make.make_failed_target()
    log.progress.report(told(Step.JUDGED, verdict.reason, verdict=verdict))
    assert log.lines == ["12:00:00Z  failed: The score of Security is 71, at least 90 was asked for."]


def test_several_targets_are_named() -> None:
    """From the first line on, with their number: names need not be unique."""
    log = Log(target_count=2)
    log.progress.report(polled(12, Target(7, "Shop bot")))
    assert log.lines[0].startswith("12:00:00Z  Shop bot (7): Test run 7001 is RUNNING")


def test_a_crowd_is_summed_up() -> None:
    """A hundred targets: a line for each warning and verdict, and one a minute for all others."""
    log = Log(target_count=100)
    for minute in range(5):
        log.clock.seconds = minute * 60.0
        for index in range(100):
            log.progress.report(polled(minute * 10, Target(index)))
    assert log.lines == [f"12:0{minute}:00Z  100 targets: 100 waiting" for minute in range(1, 5)]
    log.progress.report(told(Step.JUDGED, "It failed.", Target(3), verdict=make.make_failed_target()))
    assert log.lines[-1] == "12:04:00Z  target 3: failed: It failed."


@given(make.hostile_text(200))
def test_foreign_text_does_nothing(text: str) -> None:
    """No control character, no second line, no command, and never endless."""
    log = Log(target_count=2)
    for step in Step:
        log.progress.report(
            told(step, text, Target(1, text), run=make.make_run(status=text, name=text), is_warning=True)
        )
        log.progress.report(told(step, text, Target(1, text), run=make.make_run(status=text, name=text)))
    for line in log.lines:
        assert re.match(r"\d\d:\d\d:\d\dZ  ", line)
        assert all(character.isprintable() or character in "\u200c\u200d" for character in line)
        assert not re.search(r"##[A-Za-z]*\[", line)
        assert len(line) < 600


def lines_of(*events: Any) -> list[dict[str, Any]]:
    lines: list[str] = []
    progress = JsonProgress(lines.append, SetClock())
    for event in events:
        progress.report(event)
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
def test_untrusted_text_in_json_lines_does_nothing(text: str) -> None:
    """Valid JSON in ASCII without a command in it, whatever the names."""
    (line,) = lines_of(told(Step.WAITING, text, Target(1, text), run=make.make_run(status=text)))
    assert "##[" not in json.dumps(line)


def line_of(record: RequestRecord, decision: str = "accepted", *, as_json: bool = False) -> str:
    lines: list[str] = []
    RequestLog(lines.append, VirtualTime(), as_json=as_json)(record, decision)
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("record", "decision", "said"),
    [
        (RequestRecord("GET", "/a/b", 200, 0.0341, 12_345), "accepted", "GET /a/b: 200, 34 ms, 12,345 bytes: accepted"),
        (
            RequestRecord("GET", "/a", 503, 1.2, 0),
            "retrying in 2.5 s",
            "GET /a: 503, 1,200 ms, 0 bytes: retrying in 2.5 s",
        ),
        (
            RequestRecord("POST", "/a", None, 30.0, 0, "read-timeout"),
            "given up (platform-error)",
            "POST /a: no answer (read-timeout), 30,000 ms, 0 bytes: given up (platform-error)",
        ),
        (RequestRecord("GET", "/a", 200, 0.0, 7, "truncated"), "x", "GET /a: 200 (truncated), 0 ms, 7 bytes: x"),
        (RequestRecord("GET", "/a"), "x", "GET /a: no answer, 0 ms, 0 bytes: x"),
    ],
)
def test_a_request_is_one_line(record: RequestRecord, decision: str, said: str) -> None:
    """For people, with the time; for programs, each part by itself as well."""
    assert line_of(record, decision) == f"12:00:00Z  {said}"
    line = json.loads(line_of(record, decision, as_json=True))
    assert (line["message"], line["level"], line["step"]) == (said, "debug", "request")
    assert (line["method"], line["path"], line.get("status")) == (record.method, record.path, record.status)
    assert (line["milliseconds"], line["bytes"]) == (round(record.seconds * 1000), record.received_bytes)
    assert (line["decision"], line.get("failure", "")) == (decision, record.failure)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_path_is_foreign_text(as_json: bool) -> None:
    """It stays on its line, is cut, and is no command to a CI system."""
    line = line_of(RequestRecord("GET", "/a\n::error::x\x1b[31m##vso[x]" + "y" * 1000), as_json=as_json)
    assert "\n" not in line
    assert "\x1b" not in line
    assert "##vso[" not in line
    assert "y" * 400 not in line
