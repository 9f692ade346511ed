"""How soon after the end of a run there is a verdict."""

from __future__ import annotations

from random import Random
from statistics import mean

import pytest

from tests.harness.profiles import examples
from tests.readings.platform import Result
from tests.readings.play import Gate, Script, make_plan, make_platform
from tests.readings.readings import Readings, Units

GOOD = (Result(96, 3, 1, 93), Result(88, 10, 0, 90))
FLAWLESS = (Result(99, 0, 1, 100), Result(98, 0, 0, 100))
BAD = (Result(60, 38, 1, 12), Result(70, 29, 0, 15))
EARLIER = Script((Result(50, 44, 0, 10), Result(75, 21, 0, 20)))


def seconds_to_verdict(results: tuple[Result, ...], *, has_earlier: bool, units: Units, settle: float) -> list[float]:
    """From COMPLETED to the verdict, for runs of many lengths."""
    found = []
    random = Random(7)  # noqa: S311 - the same each time
    for _ in range(examples(40)):
        platform = make_platform(Readings(units=units))
        if has_earlier:
            platform.runs.append(EARLIER.run(100, "nightly", -1300.0))
        script = Script(results, seconds=random.uniform(20, 150))
        platform.make_run = script.fill
        gate = Gate(platform, make_plan(settle_seconds=settle), random=random.random).start()
        platform.time.pass_until()
        assert gate.verdict.outcome is gate.true_outcome
        assert gate.own is not None
        found.append(gate.ended_at - gate.own.ended_at)
    return found


@pytest.mark.parametrize("settle", [0.0, 2.0, 5.0, 20.0])
@pytest.mark.parametrize("units", [Units.PLANNED, Units.JUDGED])
@pytest.mark.parametrize(
    ("results", "has_earlier"),
    [(FLAWLESS, True), (GOOD, True), (BAD, True), (GOOD, False), (BAD, False)],
    ids=["nothing-failed", "counts-good", "counts-bad", "only-run-good", "only-run-bad"],
)
def test_scores_that_follow_at_once_are_judged_within_the_settle_time_and_two_seconds(
    results: tuple[Result, ...], has_earlier: bool, units: Units, settle: float
) -> None:
    """In the mean, where the counts fit."""
    seconds = seconds_to_verdict(results, has_earlier=has_earlier, units=units, settle=settle)
    assert mean(seconds) < settle + 2.0
