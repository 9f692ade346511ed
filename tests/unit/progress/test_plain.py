"""Progress in the log of a CI job."""

from __future__ import annotations

import re

from hypothesis import given

from probe_gate.domain.evidence import Target
from probe_gate.ports import Step
from probe_gate.progress.plain import PlainProgress
from tests.harness import factories as make
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
    log.progress.tell(told(Step.READING, "Reading the scores of the target."))
    log.progress.tell(polled(0, left=None, status="PENDING"))
    log.clock.seconds = 65
    log.progress.tell(polled(45))
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
        log.progress.tell(polled(second // 60))
    assert 55 <= len(log.lines) <= 61


def test_a_new_status_has_a_line_at_once() -> None:
    """Whatever the minute."""
    log = Log()
    log.progress.tell(polled(10))
    log.clock.seconds = 1
    log.progress.tell(polled(120, left=None, status="COMPLETED"))
    assert len(log.lines) == 2


def test_a_warning_is_said_once_a_minute() -> None:
    """An outage of ten minutes is ten lines, and the polls between them keep their own pace."""
    log = Log()
    for second in range(0, 600, 5):
        log.clock.seconds = float(second)
        log.progress.tell(told(Step.WAITING, "The platform does not answer.", is_warning=True))
    assert log.lines[0] == "12:00:00Z  warning: The platform does not answer."
    assert len(log.lines) == 10


def test_the_verdict_is_a_line_with_its_outcome() -> None:
    """Also when it comes within a minute of the line before."""
    log = Log()
    verdict = make.make_failed_target()
    log.progress.tell(told(Step.JUDGED, verdict.reason, verdict=verdict))
    assert log.lines == ["12:00:00Z  failed: The score of Security is 71, at least 90 was asked for."]


def test_several_targets_are_named() -> None:
    """From the first line on, with their number: names need not be unique."""
    log = Log(target_count=2)
    log.progress.tell(polled(12, Target(7, "Shop bot")))
    assert log.lines[0].startswith("12:00:00Z  Shop bot (7): Test run 7001 is RUNNING")


def test_a_crowd_is_summed_up() -> None:
    """A hundred targets: a line for each warning and verdict, and one a minute for all others."""
    log = Log(target_count=100)
    for minute in range(5):
        log.clock.seconds = minute * 60.0
        for index in range(100):
            log.progress.tell(polled(minute * 10, Target(index)))
    assert log.lines == [f"12:0{minute}:00Z  100 targets: 100 waiting" for minute in range(1, 5)]
    log.progress.tell(told(Step.JUDGED, "It failed.", Target(3), verdict=make.make_failed_target()))
    assert log.lines[-1] == "12:04:00Z  target 3: failed: It failed."


@given(make.hostile_text(200))
def test_foreign_text_does_nothing(text: str) -> None:
    """No control character, no second line, no command, and never endless."""
    log = Log(target_count=2)
    for step in Step:
        log.progress.tell(told(step, text, Target(1, text), run=make.make_run(status=text, name=text), is_warning=True))
        log.progress.tell(told(step, text, Target(1, text), run=make.make_run(status=text, name=text)))
    for line in log.lines:
        assert re.match(r"\d\d:\d\d:\d\dZ  ", line)
        assert all(character.isprintable() or character in "\u200c\u200d" for character in line)
        assert not re.search(r"##[A-Za-z]*\[", line)
        assert len(line) < 600
