"""What a progress line says of a run."""

from __future__ import annotations

import pytest
from hypothesis import given

from probe_gate.domain.evidence import Target
from probe_gate.domain.run import Counts, Run
from probe_gate.progress.descriptions import (
    describe_counts,
    describe_run,
    format_estimate,
    message_of,
    name_of,
    percent_done,
    status_of,
)
from probe_gate.use_cases.ports import Step
from tests.harness import factories as make
from tests.unit.progress.helpers import running, told


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "a few seconds"),
        (9, "a few seconds"),
        (33, "about 30 s"),
        (59, "about 60 s"),
        (61, "about 1 min"),
        (200, "about 3 min"),
        (3599, "about 1 h"),
        (5000, "about 1 h 20 min"),
        (1e7, "about 115 d 17 h"),
    ],
)
def test_an_estimate_is_not_more_exact_than_it_can_be(seconds: float, text: str) -> None:
    """Nobody knows the end of a run to the second."""
    assert format_estimate(seconds) == text


def test_100_percent_is_said_only_when_it_is_so() -> None:
    """Rounded down."""
    assert percent_done(make.make_run(counts=Counts(997, 2, 0, 1000))) == "99 %"
    assert percent_done(make.make_run(counts=Counts(998, 2, 0, 1000))) == "100 %"
    assert percent_done(make.make_run(counts=Counts(), progress=None)) == ""
    assert percent_done(None) == ""


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (Counts(40, 4, 1, 120), "45 of 120 test cases, 4 failed, 1 in error"),
        (Counts(0, 0, 0, 1), "0 of 1 test case"),
        (Counts(5, 0, 0, None), "5 test cases"),
        (Counts(None, 3, None, None), "3 failed"),
        (Counts(), ""),
        (Counts(90, 20, 0, 100), ""),
    ],
)
def test_counts_are_told_as_far_as_they_are_known(counts: Counts, text: str) -> None:
    """Impossible ones are not told at all."""
    assert describe_counts(counts) == text


@given(make.runs(make.hostile_text()))
def test_any_run_can_be_described(run: Run) -> None:
    """In one bounded line."""
    text = describe_run(told(Step.WAITING, "x", run=run)) + status_of(run)
    assert "\n" not in text
    assert len(text) < 300


def test_names_and_messages_are_one_bounded_line() -> None:
    """Whatever they hold."""
    assert name_of(Target(7, "a\n::b" * 100_000)).endswith("… (7)")
    assert name_of(Target(7)) == "target 7"
    assert len(message_of(told(Step.WAITING, "x" * 100_000))) == 400
    assert describe_run(told(Step.WAITING, "x", run=running(45), remaining_seconds=200)).endswith("about 3 min left")
