"""What `doctor` says of the runs of a target."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probe_gate.domain.run import Run
from probe_gate.errors import Outcome
from probe_gate.use_cases.doctor.findings import Status
from tests.unit.use_cases.doctor.harness import DATED, NOW, RUN, diagnose


@pytest.mark.parametrize(
    ("run", "status", "words"),
    [
        (replace(RUN, id=7002, status="DONE"), Status.PROBLEM, "--completed-status 'DONE'"),
        (replace(RUN, id=6000, status="DONE"), Status.NOTE, "--completed-status 'DONE'"),
        (replace(RUN, id=7002, status="RUNNING", started_at=NOW), Status.NOTE, "--on-busy wait"),
        (replace(RUN, id=6000, status="RUNNING", started_at=DATED - timedelta(days=300)), Status.NOTE, "cancel it"),
        (replace(RUN, id=7002, status="FAILED"), Status.NOTE, "exit code 5"),
    ],
)
def test_runs_that_a_gate_would_stumble_over_are_named(run: Run, status: Status, words: str) -> None:
    """With what to do."""
    runs = diagnose(*sorted([RUN, run], key=lambda one: one.id))["runs"]
    assert (runs.status, words in runs.hint) == (status, True)
    assert runs.outcome is (Outcome.INCONCLUSIVE if status is Status.PROBLEM else None)
