"""Sequences of runs of one target whose failure is to be confirmed, and the verdict that each must come to.

The same table is played on the virtual clock and, where a sandbox can play it, by processes over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from probe_gate.errors import Outcome


@dataclass(frozen=True, slots=True)
class PlayedRun:
    """What one run of the sequence is like."""

    overall: int = 90
    failed: int = 3
    errors: int = 0
    total: int = 100
    safety: float | None = 88.0
    end: str = "COMPLETED"
    seconds: float = 60.0
    other_after: float | None = None
    """Another run is started on the target so many seconds after this one, which takes 90 s."""
    is_out_of_reach: bool = False
    """The platform cannot be reached any more once this run has been started."""


@dataclass(frozen=True, slots=True)
class RunSequence:
    """The runs of a target, how many of them the gate starts, and the outcome."""

    name: str
    runs: tuple[PlayedRun, ...]
    outcome: Outcome
    made: int
    """How many runs are started."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Options of the command; `confirm` is 2 unless given."""
    says: str = ""
    """A part of the summary."""
    in_sandbox: bool = False
    """Whether it is played by a process, too."""

    def __str__(self) -> str:
        return self.name


def overalls(*scores: int) -> tuple[PlayedRun, ...]:
    return tuple(PlayedRun(overall=score) for score in scores)


def failures(*counts: int) -> tuple[PlayedRun, ...]:
    return tuple(PlayedRun(failed=count) for count in counts)


def safeties(*scores: float | None) -> tuple[PlayedRun, ...]:
    return tuple(PlayedRun(safety=score) for score in scores)


def after_a_failure(**changes: Any) -> tuple[PlayedRun, ...]:
    """Return a run that fails, one with these changes, and others that pass."""
    return (PlayedRun(overall=70), PlayedRun(**changes), PlayedRun(), PlayedRun(), PlayedRun())


FOUR = {"confirm": "4"}
RATE = {"max-attack-success-rate": "5"}
SURE = {**RATE, "confidence": "95"}
SAFETY = {"min-category-score": "Safety=80"}
DROP = {"max-score-drop": "5", "baseline": "before"}
STANDS = "so the failure of the first run stands"
PASSED, FAILED = Outcome.PASSED, Outcome.FAILED

SEQUENCES = (
    RunSequence("the first run passes", overalls(90), PASSED, 1, in_sandbox=True),
    RunSequence("nothing is confirmed by default", overalls(70, 90, 90), FAILED, 1, {"confirm": "0"}, in_sandbox=True),
    RunSequence("two of three pass", overalls(70, 90, 90), PASSED, 3, says="not confirmed", in_sandbox=True),
    RunSequence("the second fails too", overalls(70, 71, 90), FAILED, 2, says="was confirmed", in_sandbox=True),
    RunSequence("the third fails too", overalls(70, 90, 71), FAILED, 3, in_sandbox=True),
    RunSequence("a score at the minimum passes", overalls(79, 80, 80), PASSED, 3, in_sandbox=True),
    RunSequence("one point is missing in the median", overalls(79, 80, 79), FAILED, 3),
    RunSequence("four pass after one", overalls(70, 90, 90, 90, 70), PASSED, 4, FOUR, in_sandbox=True),
    RunSequence("three of five fail at once", overalls(70, 71, 72, 90, 90), FAILED, 3, FOUR, in_sandbox=True),
    RunSequence("three of five pass at the end", overalls(70, 71, 90, 91, 92), PASSED, 5, FOUR, in_sandbox=True),
    RunSequence("three of five fail at the end", overalls(70, 90, 71, 91, 72), FAILED, 5, FOUR),
    RunSequence("the fifth decides for a pass", overalls(70, 90, 91, 71, 92), PASSED, 5, FOUR),
    RunSequence("a rate passes over all test cases", failures(6, 3, 3), PASSED, 3, RATE, in_sandbox=True),
    RunSequence("a rate at its limit passes", failures(6, 9, 0), PASSED, 3, RATE),
    RunSequence("a rate stays over its limit", failures(6, 10, 0), FAILED, 2, RATE, in_sandbox=True),
    RunSequence("a rate fails at the end", failures(6, 5, 5), FAILED, 3, RATE),
    RunSequence("a rate that no run can correct", failures(16, 0, 0), FAILED, 1, RATE, in_sandbox=True),
    RunSequence("a rate that two flawless runs could correct", failures(15, 1, 0), FAILED, 2, RATE),
    RunSequence("the interval of all test cases passes", failures(12, 4, 4), PASSED, 3, SURE, in_sandbox=True),
    RunSequence("the interval of all test cases fails", failures(12, 12, 0), FAILED, 2, SURE),
    RunSequence("an interval lets the first run pass", failures(6), PASSED, 1, SURE),
    RunSequence("a rate over five runs", failures(9, 4, 4, 3, 4), PASSED, 5, {**RATE, **FOUR}),
    RunSequence(
        "larger runs count for more",
        (PlayedRun(failed=6), PlayedRun(failed=4, total=200), PlayedRun(failed=9)),
        PASSED,
        3,
        RATE,
    ),
    RunSequence(
        "a score and a rate",
        (PlayedRun(70, 6), PlayedRun(), PlayedRun()),
        PASSED,
        3,
        RATE,
        in_sandbox=True,
    ),
    RunSequence("a category passes in the median", safeties(70, 90, 90), PASSED, 3, SAFETY, in_sandbox=True),
    RunSequence("a category fails twice", safeties(70, 75, 90), FAILED, 2, SAFETY, in_sandbox=True),
    RunSequence(
        "each run fails another check",
        (PlayedRun(overall=70), PlayedRun(safety=70.0), PlayedRun(failed=6)),
        PASSED,
        3,
        {**SAFETY, **RATE},
        says="Each of 3 runs failed a check on its own",
        in_sandbox=True,
    ),
    RunSequence("a category without a score in the second run", safeties(70, None, 90), FAILED, 2, SAFETY, STANDS),
    RunSequence(
        "a category that is never reported",
        overalls(70, 90, 90),
        FAILED,
        1,
        {"min-category-score": "Missing=80"},
        in_sandbox=True,
    ),
    RunSequence("a drop passes in the median", overalls(84, 88, 88), PASSED, 3, DROP),
    RunSequence("a drop fails twice", overalls(84, 83, 90), FAILED, 2, DROP),
    RunSequence("a drop is not measured against the run before", overalls(84, 80, 90), FAILED, 2, DROP),
    RunSequence("a drop fails at the end", overalls(84, 88, 84), FAILED, 3, DROP),
    RunSequence(
        "the second run fails on the platform", after_a_failure(end="FAILED"), FAILED, 2, says=STANDS, in_sandbox=True
    ),
    RunSequence(
        "the second run is cancelled", after_a_failure(end="CANCELLED"), FAILED, 2, says=STANDS, in_sandbox=True
    ),
    RunSequence("the second run ends in an unknown status", after_a_failure(end="ARCHIVED"), FAILED, 2, says=STANDS),
    RunSequence(
        "the second run has too many errors", after_a_failure(errors=30), FAILED, 2, says=STANDS, in_sandbox=True
    ),
    RunSequence("the second run has no test case", after_a_failure(total=0), FAILED, 2, says=STANDS),
    RunSequence(
        "the second run has too few test cases", after_a_failure(total=40), FAILED, 2, {"min-test-cases": "50"}, STANDS
    ),
    RunSequence(
        "the third run fails on the platform",
        (*overalls(70, 90), PlayedRun(end="FAILED")),
        FAILED,
        3,
        says="Run 3 of the same probes could not be judged",
        in_sandbox=True,
    ),
    RunSequence(
        "the fourth run is cancelled", (*overalls(70, 90, 91), PlayedRun(end="CANCELLED")), FAILED, 4, FOUR, STANDS
    ),
    RunSequence(
        "the first run fails on the platform", (PlayedRun(end="FAILED"),), Outcome.RUN_ENDED, 1, in_sandbox=True
    ),
    RunSequence("the first run has too many errors", (PlayedRun(errors=30),), Outcome.INCONCLUSIVE, 1, in_sandbox=True),
    RunSequence("the first run fails, with too many errors", (PlayedRun(70, errors=30),), FAILED, 1),
    RunSequence("another run overlaps the second one", after_a_failure(other_after=5.0), FAILED, 2, says=STANDS),
    RunSequence("another run overlaps the first one", (PlayedRun(70, other_after=5.0),), Outcome.INCONCLUSIVE, 1),
    RunSequence(
        "another run begins after the first one",
        (PlayedRun(70, other_after=65.6), PlayedRun(failed=2), PlayedRun()),
        PASSED,
        3,
    ),
    RunSequence("there is no time for a second run", overalls(70, 90), FAILED, 1, {"timeout": "120"}, "no time"),
    RunSequence("there is no time for a third run", overalls(70, 90, 90), FAILED, 2, {"timeout": "200"}, "no time"),
    RunSequence("the second run takes too long", after_a_failure(seconds=900.0), FAILED, 2, {"timeout": "300"}, STANDS),
    RunSequence(
        "the platform is out of reach in the second run", after_a_failure(is_out_of_reach=True), FAILED, 2, says=STANDS
    ),
    RunSequence(
        "soft-fail covers the failure", overalls(70, 90, 90), FAILED, 1, {"soft-fail": "failed"}, in_sandbox=True
    ),
    RunSequence(
        "soft-fail does not cover what the second run came to",
        after_a_failure(end="FAILED"),
        FAILED,
        2,
        {"soft-fail": "run-ended"},
        STANDS,
    ),
    RunSequence("runs with other counts", (PlayedRun(70, 5), PlayedRun(90, 4), PlayedRun(91, 6)), PASSED, 3),
    RunSequence(
        "runs without a failure", (PlayedRun(70, 0), PlayedRun(90, 0), PlayedRun(91, 0)), PASSED, 3, in_sandbox=True
    ),
)
