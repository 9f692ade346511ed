"""Confirming runs on platforms whose dates and counts mean something else: each run is judged by its own scores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from probe_gate.domain.policy import Limit, Policy
from probe_gate.domain.run import Run
from probe_gate.domain.scores import Scores
from probe_gate.errors import Outcome
from probe_gate.use_cases.run_tag import parse_run_tag
from tests.harness.profiles import slow_after
from tests.readings.platform import PlatformRun, Result
from tests.readings.play import MIN_SCORE, Gate, Script, Situation, make_plan, mark_of
from tests.readings.readings import Readings
from tests.readings.table import BAD, HEALTHY, Cell, Way, table
from tests.readings.test_table import unproven

CELLS = [cell for cell in table() if cell.way is Way.TRIGGERED and str(cell) not in unproven()]
QUICK = 6
BAD_AGAIN = (Result(58, 40, 1, 20), Result(69, 30, 0, 19))
HEALTHY_AGAIN = (Result(97, 2, 1, 95), Result(90, 8, 0, 92))
HEALTHY_TOO = (Result(95, 4, 1, 92), Result(91, 7, 0, 91))
HEALTHY_AS_WELL = (Result(94, 5, 1, 91), Result(94, 4, 0, 90))
SAME_COUNTS = tuple(replace(one, score=other.score) for one, other in zip(HEALTHY, HEALTHY_AGAIN, strict=True))
SEQUENCES = {
    "not confirmed": ((BAD, HEALTHY, HEALTHY_AGAIN), Outcome.PASSED),
    "equal counts": ((BAD, HEALTHY, SAME_COUNTS), Outcome.PASSED),
    "confirmed": ((BAD, BAD_AGAIN), Outcome.FAILED),
}


def play(cell: Cell, results: tuple[tuple[Result, ...], ...]) -> Gate:
    """Return the gate, after its end, of a target whose runs have these results."""
    platform = cell.situation(is_healthy=False).make_platform()
    scripts = iter([Script(result) for result in results])

    def make_run(run: PlatformRun) -> PlatformRun:
        return next(scripts).fill(run)

    platform.make_run = make_run
    gate = Gate(platform, make_plan(policy=Policy(confirm=Limit(2)))).start()
    platform.time.pass_until()
    return gate


def assert_own_scores(gate: Gate) -> None:
    """Each run that was judged was judged by the scores that contain it and nothing after it."""
    made = {run.id: run for run in gate.platform.runs}
    verdict = gate.verdict
    results = verdict.confirmation.results if verdict.confirmation else ()
    for evidence, result in zip(verdict.runs, results, strict=False):
        if result.outcome in (Outcome.PASSED, Outcome.FAILED):
            assert isinstance(evidence.run, Run)
            assert isinstance(evidence.scores, Scores)
            assert evidence.scores.overall == gate.platform.true_numbers(made[evidence.run.id]).overall
            assert (result.outcome is Outcome.PASSED) == (evidence.scores.overall >= MIN_SCORE)


@pytest.mark.parametrize("cell", slow_after(QUICK, CELLS), ids=str)
@pytest.mark.parametrize("name", SEQUENCES)
def test_each_run_is_judged_by_its_own_scores(cell: Cell, name: str) -> None:
    """On every platform on which the first run can be judged."""
    results, outcome = SEQUENCES[name]
    gate = play(cell, results)
    verdict = gate.verdict
    assert gate.platform.cancelled == []
    assert_own_scores(gate)
    assert verdict.outcome is outcome, verdict.reason
    assert len(verdict.runs) == len(results)


def play_two(cell: Cell | None, apart_seconds: float) -> list[Gate]:
    """Return two gates without a lock, after their ends; None: on a platform without any delay."""
    situation = cell.situation(is_healthy=False) if cell is not None else Situation(Readings(), Script(BAD))
    platform = situation.make_platform()
    tags = [mark_of(2, job=job, nonce=f"{job}7x2q") for job in ("aa", "bb")]
    results = ((BAD, HEALTHY, HEALTHY_AGAIN), (BAD_AGAIN, HEALTHY_TOO, HEALTHY_AS_WELL))
    scripts = {tag.key: iter(map(Script, found)) for tag, found in zip(tags, results, strict=True)}

    def make_run(run: PlatformRun) -> PlatformRun:
        tag = parse_run_tag(run.name)
        assert tag is not None
        return next(scripts[tag.key]).fill(run)

    platform.make_run = make_run
    gates = [
        Gate(platform, make_plan(tag=tag, policy=Policy(confirm=Limit(2))), random=drawn)
        for tag, drawn in zip(tags, (lambda: 0.2, lambda: 0.8), strict=True)
    ]
    for number, gate in enumerate(gates):
        gate.start(number * apart_seconds)
    platform.time.pass_until()
    return gates


@pytest.mark.parametrize("apart_seconds", [3.0, 40.0])
def test_two_gates_without_a_lock_wait_for_all_runs_of_each_other(apart_seconds: float) -> None:
    """The second one begins when the first one has confirmed its failure, or not."""
    for gate in play_two(None, apart_seconds):
        assert gate.verdict.outcome is Outcome.PASSED, gate.verdict.confirmation
        assert len(gate.verdict.runs) == 3


@pytest.mark.parametrize("apart_seconds", [3.0, 40.0, 66.0])
@pytest.mark.parametrize("cell", slow_after(2, CELLS[::4]), ids=str)
def test_two_gates_without_a_lock_never_judge_scores_of_each_other(cell: Cell, apart_seconds: float) -> None:
    """On a platform that shows runs or scores late, they overlap: then nothing is judged, or the failure stands."""
    for gate in play_two(cell, apart_seconds):
        assert_own_scores(gate)
        confirmation = gate.verdict.confirmation
        if gate.verdict.outcome is Outcome.FAILED:
            assert confirmation is not None
            assert "could not be judged" in confirmation.summary
        else:
            assert gate.verdict.outcome in (Outcome.PASSED, Outcome.INCONCLUSIVE)
