"""What follows from what `doctor` found."""

from __future__ import annotations

from probe_gate.errors import Outcome
from probe_gate.use_cases.doctor.findings import Finding, Status, worst_outcome


def test_the_outcome_is_that_of_a_gate_over_several_targets() -> None:
    """A wrong option outweighs a refused key, and that an outage."""

    def worst(*outcomes: Outcome | None) -> Outcome:
        return worst_outcome([Finding("x", "X", Status.NOTE, "", outcome=one) for one in outcomes])

    assert worst() is worst(None) is Outcome.PASSED
    assert worst(Outcome.INCONCLUSIVE, Outcome.PLATFORM_ERROR) is Outcome.PLATFORM_ERROR
    assert worst(Outcome.PLATFORM_ERROR, Outcome.AUTH_ERROR) is Outcome.AUTH_ERROR
    assert worst(Outcome.AUTH_ERROR, Outcome.CONFIG_ERROR) is Outcome.CONFIG_ERROR
