"""Probes chosen by the target's type: said which and why, or nothing is started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from probe_gate.domain.probes import ALL_PROBES, ChosenProbes, ProbeChoice, ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict
from probe_gate.errors import Outcome
from probe_gate.use_cases.gate_target import gate_target
from tests.harness.fake_targets import TYPE_ID, FakeTargets, make_target_answer, make_type
from tests.harness.partial import Joined
from tests.unit.use_cases.harness import GateHarness

SUPPORT = make_type(
    (1, True, "CRITICAL"), (2, True, "HIGH"), (3, False, "critical"), (4, False, "MEDIUM"), (5, True, "LOW")
)


class Chooser:
    """A gate of target 42, and what is known of its type."""

    def __init__(self, choice: ProbeChoice, types: list[dict[str, Any]], **settings: Any) -> None:
        self.story = GateHarness()
        self.story.change(probes=choice)
        self.targets = FakeTargets(self.story.time, types=types)
        self.targets.targets[42] = make_target_answer(**({"targetPresetId": TYPE_ID} | settings))

    def run(self) -> TargetVerdict:
        ports = replace(self.story.ports, platform=Joined(self.story.platform, self.targets))
        return self.story.time.finish(gate_target(self.story.plan, ports))

    @property
    def asked_for(self) -> tuple[int, ...] | None:
        (request,) = self.story.platform.requests
        return request.probe_ids


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        (RecommendedProbes(), (1, 2, 5)),
        (ProbesByRisk(RiskLevel.CRITICAL), (1, 3)),
        (ProbesByRisk(RiskLevel.HIGH), (1, 2, 3)),
        (ProbesByRisk(RiskLevel.LOW), (1, 2, 3, 4, 5)),
    ],
    ids=str,
)
def test_the_probes_of_the_type_are_chosen_and_named(choice: ProbeChoice, ids: tuple[int, ...]) -> None:
    """In the log while it goes, and in the evidence."""
    chooser = Chooser(choice, [make_type(type_id="other"), SUPPORT])
    verdict = chooser.run()
    assert chooser.asked_for == ids
    assert verdict.evidence.facts.probe_ids == ids
    assert "for the target type Support" in verdict.evidence.facts.probe_choice
    assert f": {', '.join(map(str, ids))}." in chooser.story.messages


def test_no_type_is_read_where_none_is_needed() -> None:
    """Ids, and all of them, cost no request."""
    for choice in (ALL_PROBES, ChosenProbes((3, 9))):
        chooser = Chooser(choice, [SUPPORT])
        chooser.run()
        assert chooser.targets.calls == []


def test_a_risk_level_that_is_not_known_may_be_any() -> None:
    """Such a probe is run, and that is said."""
    chooser = Chooser(ProbesByRisk(RiskLevel.CRITICAL), [make_type((1, False, "SEVERE"), (2, False, "LOW"))])
    verdict = chooser.run()
    assert chooser.asked_for == (1,)
    assert "Probes with an unknown risk level (SEVERE) are run too." in verdict.evidence.notes


@pytest.mark.parametrize(
    ("settings", "types", "choice", "message"),
    [
        ({"targetPresetId": None}, [SUPPORT], RecommendedProbes(), "Target 42 has no target type"),
        ({"targetPresetId": 5}, [SUPPORT], RecommendedProbes(), "Target 42 has no target type"),
        ({"targetPresetId": "gone"}, [SUPPORT], RecommendedProbes(), "(gone) is not among the 1 type"),
        ({}, [], RecommendedProbes(), "is not among the 0 types"),
        ({}, [make_type((1, False, "LOW"))], RecommendedProbes(), "has no recommended probes; it lists 1 probe"),
        ({}, [make_type((1, True, "HIGH"))], ProbesByRisk(RiskLevel.CRITICAL), "has no probes with risk>=critical"),
        ({}, [make_type()], ProbesByRisk(RiskLevel.LOW), "it lists 0 probes"),
    ],
)
def test_a_choice_that_cannot_be_made_starts_nothing(
    settings: dict[str, Any], types: list[dict[str, Any]], choice: ProbeChoice, message: str
) -> None:
    """Exit 2, with what to do."""
    chooser = Chooser(choice, types, **settings)
    verdict = chooser.run()
    assert verdict.outcome is Outcome.CONFIG_ERROR
    assert message in verdict.reason
    assert "--probe-ids 1,2" in verdict.hint
    assert chooser.story.platform.requests == []


def test_fewer_probes_than_the_type_recommends_are_reported() -> None:
    """Those that the target has not configured do not run. The fake's runs name two probes."""
    verdict = Chooser(ProbesByRisk(RiskLevel.LOW), [SUPPORT]).run()
    assert verdict.outcome is Outcome.PASSED
    (check,) = [check for check in verdict.checks if check.id == "test-cases"]
    assert check.outcome is CheckOutcome.PASSED
    assert "2 of 5 requested probes" in check.message


def test_fewer_probes_than_were_named_prove_nothing() -> None:
    """Whoever names a probe wants it to run."""
    verdict = Chooser(ChosenProbes((1, 2, 3)), [SUPPORT]).run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    (check,) = [check for check in verdict.checks if check.id == "test-cases"]
    assert check.outcome is CheckOutcome.ERROR
    assert "2 of 3 requested probes" in check.message


def test_the_type_is_found_whatever_the_case_of_its_id() -> None:
    """Ids are the same in any case."""
    chooser = Chooser(RecommendedProbes(), [SUPPORT], targetPresetId=TYPE_ID.upper())
    chooser.run()
    assert chooser.asked_for == (1, 2, 5)
