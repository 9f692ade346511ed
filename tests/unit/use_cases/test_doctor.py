"""What `doctor` says of what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import build_policy
from probe_gate.domain.probes import ALL_PROBES, ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.errors import AuthError, ConfigError, GateError, Outcome, PlatformError
from probe_gate.use_cases.doctor import (
    Finding,
    GateIntent,
    RegionAnswer,
    Status,
    TargetReading,
    describe_limits,
    diagnose_region,
    diagnose_target,
    diagnose_workspace,
    worst_outcome,
)
from probe_gate.use_cases.ports import NoScoresError

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
DATED = datetime(2026, 11, 24, 6, 4, 51, 120_000, tzinfo=UTC)
POLICY = build_policy([], [])
INTENT = GateIntent(Target(91), ALL_PROBES, POLICY, 2700.0, 5.0, "wait", trusts_unproven=False)
DESCRIPTION = {
    "settings": {"name": "Support bot", "targetPresetId": "chatbot"},
    "connection": {"type": "OPENAI", "config": {"apiKey": "secret"}},
}
TYPES: Sequence[Mapping[str, Any]] = [
    {
        "id": "Chatbot",
        "label": "Public chatbot",
        "details": [
            {"probeId": 1, "isRecommended": True, "weight": "HIGH"},
            {"probeId": 2, "isRecommended": False, "weight": "LOW"},
        ],
    }
]
RUN = Run(7001, "nightly", "COMPLETED", DATED, Counts(190, 10, 0, 200), probes=("A", "B"))
SCORES = Scores(90, {"Security": 90.0, "Custom": None}, 200, 10, DATED)
UNAUTHORIZED = AuthError("The platform answered 401.", "Check the key.", status=401)
FORBIDDEN = AuthError("The platform answered 403.", "Check the workspace.", status=403)


def listing(*runs: Run) -> RunList:
    unfinished = tuple(run for run in runs if not run.state.is_terminal)
    dated = sorted((run for run in runs if run.started_at is not None), key=lambda run: run.id, reverse=True)
    undated = tuple(run for run in runs if run.started_at is None)
    return RunList(complete=True, unfinished=unfinished, newest=tuple(dated), undated=undated, count=len(runs))


def diagnose(
    *runs: Run,
    scores: Scores | GateError = SCORES,
    intent: GateIntent = INTENT,
    description: Mapping[str, Any] | GateError = DESCRIPTION,
    types: Sequence[Mapping[str, Any]] | GateError = TYPES,
) -> dict[str, Finding]:
    """The findings by their ids."""
    reading = TargetReading(Target(91), description, listing(*runs), scores)
    return {one.id: one for one in diagnose_target(reading, types, intent, NOW)}


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


def test_too_few_test_cases_are_a_problem() -> None:
    """A gate would be inconclusive after having paid for the run."""
    small = replace(INTENT, policy=replace(POLICY, min_test_cases=replace(POLICY.min_test_cases, value=500)))
    found = diagnose(RUN, intent=small)["next-run"]
    assert (found.status, found.outcome) == (Status.PROBLEM, Outcome.INCONCLUSIVE)
    assert "min-test-cases" in found.hint


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


EU, US = "https://api.probe.splx.ai", "https://us.api.probe.splx.ai"


@pytest.mark.parametrize(
    ("own", "other", "outcome", "words"),
    [
        (None, None, None, "accepts the key"),
        (FORBIDDEN, None, None, "knows the key"),
        (UNAUTHORIZED, RegionAnswer("us"), Outcome.AUTH_ERROR, "The region us does."),
        (UNAUTHORIZED, RegionAnswer("us", FORBIDDEN), Outcome.AUTH_ERROR, "The region us does."),
        (UNAUTHORIZED, RegionAnswer("us", UNAUTHORIZED), Outcome.AUTH_ERROR, "The region us does not, either."),
        (UNAUTHORIZED, RegionAnswer("us", PlatformError("It is down.")), Outcome.AUTH_ERROR, "could not be asked"),
        (UNAUTHORIZED, None, Outcome.AUTH_ERROR, "does not accept the key"),
        (PlatformError("It is down.", "Wait."), None, Outcome.PLATFORM_ERROR, "It is down."),
    ],
)
def test_a_key_of_the_other_region_is_recognized(
    own: GateError | None, other: RegionAnswer | None, outcome: Outcome | None, words: str
) -> None:
    """401 alone does not say whether the key is wrong or the region is."""
    found = diagnose_region(RegionAnswer("eu", own), other, EU)
    assert found.outcome is outcome
    assert words in found.text
    if other is not None and other.accepts_key:
        assert "--api-url us" in found.hint


@pytest.mark.parametrize(
    ("descriptions", "status"),
    [
        ([], Status.SKIPPED),
        ([DESCRIPTION, FORBIDDEN], Status.OK),
        ([FORBIDDEN], Status.PROBLEM),
        ([ConfigError("404")], Status.SKIPPED),
    ],
)
def test_one_target_proves_the_workspace(descriptions: list[Mapping[str, Any] | GateError], status: Status) -> None:
    """The platform answers a wrong workspace and a wrong target alike."""
    readings = [TargetReading(Target(number), one) for number, one in enumerate(descriptions, start=91)]
    assert diagnose_workspace(290, readings).status is status


def test_the_outcome_is_that_of_a_gate_over_several_targets() -> None:
    """A wrong option outweighs a refused key, and that an outage."""

    def worst(*outcomes: Outcome | None) -> Outcome:
        return worst_outcome([Finding("x", "X", Status.NOTE, "", outcome=one) for one in outcomes])

    assert worst() is worst(None) is Outcome.PASSED
    assert worst(Outcome.INCONCLUSIVE, Outcome.PLATFORM_ERROR) is Outcome.PLATFORM_ERROR
    assert worst(Outcome.PLATFORM_ERROR, Outcome.AUTH_ERROR) is Outcome.AUTH_ERROR
    assert worst(Outcome.AUTH_ERROR, Outcome.CONFIG_ERROR) is Outcome.CONFIG_ERROR


def test_each_limit_is_shown_with_its_origin() -> None:
    """Those of one target only where they differ."""
    assert "min-score 80 (default)" in [one.text for one in describe_limits(POLICY, None)]
    assert list(describe_limits(POLICY, 91, POLICY)) == []
