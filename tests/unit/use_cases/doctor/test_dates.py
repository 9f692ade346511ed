"""What `doctor` says of dates and proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probe_gate.errors import Outcome
from probe_gate.use_cases.doctor.findings import Status
from tests.unit.use_cases.doctor.harness import DATED, NOW, RUN, SCORES, diagnose


def test_dates_are_described_as_precisely_as_they_are() -> None:
    """A date that happens to be round does not make the platform a coarse one."""
    round_date = DATED.replace(second=0, microsecond=0)
    day = DATED.replace(hour=0, minute=0, second=0, microsecond=0)
    dates = diagnose(replace(RUN, id=6000, started_at=round_date), RUN, scores=replace(SCORES, latest_execution=day))
    assert dates["dates"].text == "Runs: to the millisecond; scores: to the day."
    assert dates["dates"].data["scores"] == {"precision": "day", "hasZone": True}


def test_how_far_the_dates_are_apart_is_shown() -> None:
    """It tells whether a run is dated by its request or its end."""
    later = replace(SCORES, latest_execution=DATED + timedelta(minutes=8, seconds=20))
    assert "dated 8 min 20 s after run 7001" in diagnose(RUN, scores=later)["dates"].text


def test_a_run_with_a_date_to_come_is_noted() -> None:
    """The gate takes no notice of such a date."""
    dates = diagnose(RUN, replace(RUN, id=7002, started_at=NOW + timedelta(days=20)))["dates"]
    assert dates.status is Status.NOTE


def test_runs_without_probes_or_dates_are_described() -> None:
    """The platform need not show either."""
    found = diagnose(replace(RUN, probes=None, started_at=None))
    assert found["probes"].status is Status.NOTE
    assert found["dates"].text.startswith("Runs: no dates; ")


def test_scores_that_can_never_be_judged_are_inconclusive() -> None:
    """Each gate would end so."""
    proof = diagnose(RUN, scores=replace(SCORES, simulated_attacks=None))["proof"]
    assert (proof.status, proof.outcome) == (Status.PROBLEM, Outcome.INCONCLUSIVE)
