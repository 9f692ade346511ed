"""What `doctor` says of one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from probe_gate.domain.probes import ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.errors import ConfigError, GateError, Outcome, PlatformError
from probe_gate.use_cases.doctor.findings import Status
from probe_gate.use_cases.ports import NoScoresError
from tests.unit.use_cases.doctor.harness import FORBIDDEN, INTENT, RUN, diagnose


def test_a_healthy_target_has_no_problem() -> None:
    """And every item is there."""
    found = diagnose(RUN)
    assert list(found) == ["target", "runs", "probes", "scores", "dates", "proof", "next-run"]
    assert {one.status for one in found.values()} == {Status.OK}
    assert found["target"].text == "91 (Support bot), type Public chatbot, connection OPENAI"
    assert found["runs"].text == "1 run; the last: 7001 COMPLETED, 2026-11-24 06:04:51 UTC, 190 passed, 10 failed."
    assert found["probes"].text == "Run 7001 ran 2 probes: A, B."
    assert found["scores"].text == "Overall 90; Security 90"
    assert found["dates"].text == (
        "Runs: to the millisecond; scores: to the millisecond. The scores have the date of run 7001."
    )
    assert found["next-run"].text == (
        "probe-gate run would start one test run with all configured probes, wait up to 45 min, and judge the limits "
        "below. The last completed run had 200 test cases."
    )


def test_a_target_that_never_ran_is_no_problem() -> None:
    """Most first hours begin so."""
    found = diagnose(scores=NoScoresError("No scores."))
    assert not [one for one in found.values() if one.status is Status.PROBLEM]
    assert found["proof"].data == {"basis": "first-run"}


def test_no_secret_of_the_target_is_repeated() -> None:
    """Its configuration is not shown at all."""
    assert "secret" not in str(diagnose(RUN))


@pytest.mark.parametrize(
    ("scores", "hint"),
    [(PlatformError("It failed.", "Wait."), "Wait."), (FORBIDDEN, "Check the workspace.")],
)
def test_an_error_is_a_problem_with_its_own_outcome(scores: GateError, hint: str) -> None:
    """What to do comes from the error."""
    found = diagnose(RUN, scores=scores)
    assert (found["scores"].outcome, found["scores"].hint) == (scores.outcome, hint)
    assert "proof" not in found


def test_an_error_in_place_of_scores_is_no_problem_before_the_first_run() -> None:
    """Some platforms answer so until there are scores, and the gate goes on without a reading."""
    found = diagnose(scores=PlatformError("It failed."))
    assert found["scores"].status is Status.NOTE
    assert found["proof"].data == {"basis": "first-run"}


def test_a_target_that_cannot_be_read_ends_what_is_said_of_it() -> None:
    """Nothing is guessed about its runs."""
    assert list(diagnose(RUN, description=ConfigError("No such target."))) == ["target"]


@pytest.mark.parametrize(("choice", "ids"), [(RecommendedProbes(), [1]), (ProbesByRisk(RiskLevel.LOW), [1, 2])])
def test_probes_are_chosen_as_run_would(choice: RecommendedProbes | ProbesByRisk, ids: list[int]) -> None:
    """By the type of the target."""
    found = diagnose(RUN, intent=replace(INTENT, probes=choice))
    assert found["probe-choice"].data == {"probeIds": ids}


@pytest.mark.parametrize("description", [{}, {"settings": {"targetPresetId": "unknown"}}])
def test_probes_that_cannot_be_chosen_are_a_problem(description: Mapping[str, Any]) -> None:
    """`run` would refuse the choice."""
    found = diagnose(RUN, intent=replace(INTENT, probes=RecommendedProbes()), description=description)
    assert found["probe-choice"].outcome is Outcome.CONFIG_ERROR
