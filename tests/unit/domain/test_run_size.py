"""The usual size of a run, and runs that shrank."""

from __future__ import annotations

from dataclasses import replace

import pytest

from probe_gate.domain.evidence import Evidence
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.run_size import describe_shrinkage, usual_size
from tests.harness.factories import make_evidence, make_run


def run_of(run_id: int, size: int, *, probes: int = 4, status: str = "COMPLETED") -> Run:
    counts = Counts(size, 0, 0, size)
    return replace(make_run(), id=run_id, counts=counts, status=status, probes=tuple(map(str, range(probes))))


def evidence_of(run: Run, *earlier: Run, probe_ids: tuple[int, ...] | None = None) -> Evidence:
    evidence = make_evidence(run=run, trend=(run, *earlier))
    return replace(evidence, facts=replace(evidence.facts, probe_ids=probe_ids))


def test_the_usual_size_is_the_median_of_the_latest_completed_runs() -> None:
    """Others are not looked at."""
    runs = [run_of(1, 9000), *(run_of(number, 100 + number) for number in range(2, 7)), run_of(7, 5, status="FAILED")]
    assert usual_size(runs) == 104
    assert usual_size([run_of(1, 0)]) is None


@pytest.mark.parametrize(("size", "is_said"), [(25, True), (99, True), (100, False), (200, False), (500, False)])
def test_a_run_of_less_than_half_the_usual_size_is_pointed_out(size: int, *, is_said: bool) -> None:
    """Whatever its verdict."""
    text = describe_shrinkage(evidence_of(run_of(9, size), run_of(8, 200), run_of(7, 190), run_of(6, 210)))
    assert bool(text) is is_said
    if is_said:
        assert f"{size} test cases with a result, against 200 in the last 3 completed runs" in text


def test_without_earlier_runs_nothing_is_usual() -> None:
    """One run may have been an exception, and a later one says nothing of this one."""
    assert describe_shrinkage(evidence_of(run_of(9, 5), run_of(8, 200))) == ""
    assert describe_shrinkage(evidence_of(run_of(9, 5), run_of(10, 200), run_of(11, 200))) == ""
    assert describe_shrinkage(evidence_of(run_of(9, 5, status="FAILED"), run_of(8, 200), run_of(7, 200))) == ""


def test_a_run_of_chosen_probes_is_compared_with_runs_of_as_many() -> None:
    """A quick run on a pull request has not shrunk because the nightly ones are large."""
    nightly = [run_of(8, 2000, probes=40), run_of(7, 2000, probes=40)]
    quick = [run_of(6, 100), run_of(5, 100)]
    assert describe_shrinkage(evidence_of(run_of(9, 90), *nightly, *quick, probe_ids=(1, 2, 3, 4))) == ""
    assert describe_shrinkage(evidence_of(run_of(9, 20), *nightly, *quick, probe_ids=(1, 2, 3, 4)))
