"""What the next run's scores will be proven by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from probe_gate.domain.provability import Outlook, ProofBasis, foresee_proof
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.scores import Scores

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
DATED = datetime(2026, 11, 24, 6, 4, 51, 120_000, tzinfo=UTC)
COUNTS = Counts(190, 10, 0, 200)


def run(
    run_id: int = 7001,
    *,
    date: datetime | None = DATED,
    counts: Counts = COUNTS,
    status: str = "COMPLETED",
    probes: tuple[str, ...] = ("A", "B"),
) -> Run:
    return Run(run_id, status=status, started_at=date, counts=counts, probes=probes)


def scores(simulated: int | None = 200, successful: int | None = 10, date: datetime | None = DATED) -> Scores:
    return Scores(90, {"Security": 90.0}, simulated, successful, date)


def foresee(*runs: Run, found: Scores | None, all_probes: bool = True) -> Outlook:
    return foresee_proof(runs, found, NOW, all_probes=all_probes, settle_seconds=5.0)


@pytest.mark.parametrize("found", [None, scores(), scores(0, 0, None)])
@pytest.mark.parametrize("runs", [(), (run(status="CANCELLED", counts=Counts(0, 0, 0, 200)),)])
def test_the_first_run_needs_no_proof_but_itself(found: Scores | None, runs: tuple[Run, ...]) -> None:
    """No other run has a result that could be in its scores."""
    assert foresee(*runs, found=found).basis is ProofBasis.FIRST_RUN


@pytest.mark.parametrize(
    ("counts", "simulated"),
    [
        (COUNTS, 200),
        (Counts(190, 10, 5, 205), 205),
        (Counts(190, 10, None, 200), 200),
        (Counts(None, 10, 0, 200), 200),
    ],
)
def test_counts_prove_where_the_scores_rest_on_exactly_a_runs_test_cases(counts: Counts, simulated: int) -> None:
    """With or without those in error, and with a count missing that follows from the others."""
    outlook = foresee(run(counts=counts), found=scores(simulated))
    assert (outlook.basis, outlook.hint) == (ProofBasis.COUNTS, "")


def test_an_earlier_run_shows_what_the_platform_counts_too() -> None:
    """The results of the last run may be late."""
    late = run(7002, date=NOW - timedelta(minutes=2), counts=Counts(180, 20, 0, 200))
    assert foresee(run(), late, found=scores()).basis is ProofBasis.COUNTS


def test_dates_by_the_day_do_not_tell_two_equal_runs_apart() -> None:
    """The option that helps is named."""
    outlook = foresee(run(), found=scores(date=DATED.replace(hour=0, minute=0, second=0, microsecond=0)))
    assert outlook.basis is ProofBasis.COUNTS
    assert "--unproven-scores trust" in outlook.hint


def test_dates_prove_where_the_scores_count_something_else() -> None:
    """The gate then waits for six to twelve times --settle."""
    outlook = foresee(run(), found=scores(600, 30))
    assert outlook.basis is ProofBasis.DATES
    assert "30 s to 1 min" in outlook.text
    assert "--unproven-scores trust" in outlook.hint


def test_neither_counts_nor_dates_by_the_day_prove_much() -> None:
    """Trusting would not help: a second reading that equals the first is a contradiction."""
    outlook = foresee(run(), found=scores(600, 30, DATED.replace(hour=0, minute=0, second=0, microsecond=0)))
    assert outlook.text.startswith("Not always")
    assert "trust" not in outlook.hint


def test_chosen_probes_are_proven_by_dates() -> None:
    """The scores also cover the probes that do not run."""
    assert foresee(run(), found=scores(), all_probes=False).basis is ProofBasis.DATES


@pytest.mark.parametrize("found", [None, scores(600, 30), scores(0, 0), scores(None, None)])
def test_what_a_recent_run_shows_is_not_final(found: Scores | None) -> None:
    """Its results may still be on their way."""
    assert foresee(run(date=NOW - timedelta(minutes=20)), found=found).basis is ProofBasis.UNKNOWN


@pytest.mark.parametrize("found", [None, scores(None, None), scores(0, 0), scores(200, 201), scores(date=None)])
def test_scores_that_no_limit_can_be_judged_on_are_a_problem(found: Scores | None) -> None:
    """A gate on them would always be inconclusive."""
    outlook = foresee(run(), found=found)
    assert outlook.basis is ProofBasis.NOTHING
    assert outlook.hint


def test_a_run_of_some_probes_shows_nothing() -> None:
    """Its results are mixed with those of the others."""
    outlook = foresee(run(), run(7002, probes=("A",), counts=Counts(90, 10, 0, 100)), found=scores(150, 12))
    assert outlook.basis is ProofBasis.UNKNOWN
