"""What `doctor` says of the next run."""

from __future__ import annotations

from dataclasses import replace

from probe_gate.errors import Outcome
from probe_gate.use_cases.doctor.findings import Status
from probe_gate.use_cases.doctor.next_run import describe_limits
from tests.unit.use_cases.doctor.harness import INTENT, POLICY, RUN, diagnose


def test_too_few_test_cases_are_a_problem() -> None:
    """A gate would be inconclusive after having paid for the run."""
    small = replace(INTENT, policy=replace(POLICY, min_test_cases=replace(POLICY.min_test_cases, value=500)))
    found = diagnose(RUN, intent=small)["next-run"]
    assert (found.status, found.outcome) == (Status.PROBLEM, Outcome.INCONCLUSIVE)
    assert "min-test-cases" in found.hint


def test_each_limit_is_shown_with_its_origin() -> None:
    """Those of one target only where they differ."""
    assert "min-score 80 (default)" in [one.text for one in describe_limits(POLICY, None)]
    assert list(describe_limits(POLICY, 91, POLICY)) == []
