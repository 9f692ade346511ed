"""Policy and probes of each target."""

from __future__ import annotations

from typing import Any

import pytest

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import Overrides, Policy
from probe_gate.domain.probes import ALL_PROBES, ChosenProbes, RecommendedProbes
from probe_gate.settings import Settings, TargetPlan
from tests.unit.settings.helpers import ask, problems

NONE = {"SPLX_TARGET_ID": ""}
FLOOR = """\
version: 1
policy: {min-score: 80, soft-fail: [timed-out]}
targets:
  - {id: 41}
  - {id: 42, name: Support bot, probe-ids: recommended, policy: {min-score: 90}}
waivers:
  - {check: "category-score:Safety", target: 42, until: 2026-12-24, reason: SEC-1}
"""
CHANGE = """\
version: 1
policy: {min-score: 85, soft-fail: [failed]}
targets:
  - {id: 42, name: Renamed, probe-ids: [1], policy: {min-score: 10}}
  - {id: 43}
waivers:
  - {check: overall-score, target: 42, until: 2026-12-24, reason: please}
"""


def held(flags: dict[str, str] | None = None) -> Settings:
    return ask({"policy-floor": "floor.yml", **(flags or {})}, NONE, {"floor.yml": FLOOR, ".probe-gate.yml": CHANGE})


def test_probes_come_from_flag_then_file_then_are_all() -> None:
    """Each target can have its own."""
    file = {".probe-gate.yml": FLOOR}
    probes = {plan.target.id: (plan.probes, str(plan.probes_origin)) for plan in ask(environ=NONE, files=file).targets}
    assert probes == {
        41: (ALL_PROBES, "default"),
        42: (RecommendedProbes(), ".probe-gate.yml:5:44"),
    }
    by_flag = ask({"probe-ids": "7"}, NONE, file).targets
    assert {(plan.probes, str(plan.probes_origin)) for plan in by_flag} == {(ChosenProbes((7,)), "--probe-ids")}


def overrides_of(plan: TargetPlan) -> Overrides:
    assert plan.overrides is not None
    return plan.overrides


def policies(plan: TargetPlan) -> tuple[Policy, Policy, Policy]:
    return plan.policy, overrides_of(plan).pipeline, overrides_of(plan).change


def minimums(plan: TargetPlan) -> list[str]:
    return [f"{one.min_score.value} {one.min_score.origin}" for one in policies(plan)]


def rejected(plan: TargetPlan) -> list[str]:
    return [f"{one.key}: {one.requested} -> {one.applied}" for one in overrides_of(plan).rejected]


def test_targets_waivers_and_soft_fail_come_from_the_base_policy() -> None:
    """What the change says of them does nothing, but for being reported."""
    settings = held()
    assert [plan.target for plan in settings.targets] == [Target(41), Target(42, "Support bot")]
    assert settings.targets[1].probes == RecommendedProbes()
    for policy in policies(settings.targets[1]):
        assert [waiver.check for waiver in policy.waivers] == ["category-score:Safety"]
    assert {str(outcome) for outcome in settings.targets[1].policy.soft_fail} == {"timed-out"}
    assert settings.notes == (
        "Target 43 (.probe-gate.yml:5:10) is not gated yet: the base policy floor.yml does not list it.",
    )


def test_targets_of_the_base_policy_that_are_not_picked_are_named() -> None:
    """The flag picks some of them, in a matrix for example; that it does is no secret."""
    settings = held({"target-id": "42"})
    assert [plan.target.id for plan in settings.targets] == [42]
    assert settings.notes[0] == "Not gated here, because --target-id selects other targets of floor.yml: 41."


def test_each_target_is_judged_by_three_policies() -> None:
    """A target's own limits belong to their layer; the change's file and then the flags are laid over them."""
    assert [minimums(plan) for plan in held({"min-score": "70"}).targets] == [
        ["80 floor.yml:2:21", "70 --min-score", "70 --min-score"],
        ["90 floor.yml:5:77", "70 --min-score", "70 --min-score"],
    ]
    assert [minimums(plan) for plan in held().targets] == [
        ["80 floor.yml:2:21", "80 floor.yml:2:21", "85 .probe-gate.yml:2:21"],
        ["90 floor.yml:5:77", "90 floor.yml:5:77", "10 .probe-gate.yml:4:65"],
    ]


def test_what_the_change_tried_is_told_for_each_target() -> None:
    """With both places, as a report shows it."""
    first, second = (rejected(plan) for plan in held().targets)
    assert first == ["targets: not listed -> listed", "soft-fail: failed -> timed-out"]
    assert second == [
        "probe-ids: probes 1 -> recommended probes",
        "min-score: 10 -> 90",
        "soft-fail: failed -> timed-out",
        "waiver overall-score: until 2026-12-24 -> none",
    ]


def test_flags_cannot_loosen_the_base_policy_either() -> None:
    """The pipeline that gives them is part of the change."""
    settings = held({"min-score": "1", "soft-fail": "failed,inconclusive", "probe-ids": "1"})
    first, second = settings.targets
    assert str(first.policy.min_score.value) == "80"
    assert {str(outcome) for outcome in first.policy.soft_fail} == {"timed-out"}
    assert {"min-score: 1 -> 80", "soft-fail: failed, inconclusive -> timed-out"} <= set(rejected(first))
    assert second.probes == RecommendedProbes()
    assert first.probes == ChosenProbes((1,)), "the base policy says nothing of this target's probes"
    assert settings.notes[0] == (
        "Warning: --soft-fail is ignored: with a base policy, only the soft-fail of floor.yml applies."
    )


def test_the_change_never_chooses_what_is_tested() -> None:
    """Where the base policy names neither targets nor probes, the pipeline does, or there are none."""
    files = {"floor.yml": "version: 1\n", ".probe-gate.yml": CHANGE}
    (plan,) = ask({"policy-floor": "floor.yml"}, {"SPLX_TARGET_ID": "42"}, files).targets
    assert (plan.target, plan.probes) == (Target(42), ALL_PROBES)
    assert "probe-ids: probes 1 -> all configured probes" in rejected(plan)
    (problem,) = problems({"policy-floor": "floor.yml"}, NONE, files)
    assert problem.startswith("--target-id: required")


def test_a_base_policy_alone_is_a_policy() -> None:
    """What nobody set was not rejected either."""
    settings = ask({"policy-floor": "floor.yml"}, NONE, {"floor.yml": FLOOR})
    assert [rejected(plan) for plan in settings.targets] == [[], []]
    assert [str(plan.policy.min_score.value) for plan in settings.targets] == ["80", "90"]
    for plan in settings.targets:
        assert overrides_of(plan).pipeline == overrides_of(plan).change
    assert settings.notes == ("There is no policy file in addition to the base policy floor.yml.",)


def test_without_a_base_policy_there_is_one_policy() -> None:
    """Nothing is laid over it."""
    assert [plan.overrides for plan in ask(environ=NONE, files={".probe-gate.yml": FLOOR}).targets] == [None, None]


NEEDED = "max-score-drop needs something to compare with; give --baseline or PROBE_GATE_BASELINE, set baseline in"

UNUSED = "; the baseline of .probe-gate.yml:2:{} is not used with a base policy"


def layered(floor: str, change: str | None = None, **flags: str) -> dict[str, Any]:
    files = {"floor.yml": f"version: 1\npolicy: {floor}\n"}
    files |= {} if change is None else {".probe-gate.yml": f"version: 1\npolicy: {change}\n"}
    return {"flags": {"policy-floor": "floor.yml", **flags}, "files": files}


@pytest.mark.parametrize(
    ("floor", "change", "flags"),
    [
        ("{max-score-drop: 5, baseline: main.json}", None, {}),
        ("{max-score-drop: 5}", None, {"baseline": "main.json"}),
        ("{max-score-drop: 5}", "{baseline: mine.json}", {"baseline": "main.json"}),
        ("{max-score-drop: 5, allow-missing-baseline: true}", None, {}),
        ("{baseline: main.json}", "{max-score-drop: 5}", {}),
        ("{}", "{max-score-drop: 5, allow-missing-baseline: true, baseline: mine.json}", {}),
        ("{}", "{max-score-drop: 5}", {"allow-missing-baseline": "true"}),
    ],
)
def test_a_baseline_may_come_from_either_of_the_two_that_may_name_it(
    floor: str, change: str | None, flags: dict[str, str]
) -> None:
    """That a drop has nothing to be compared with is asked of the whole, not of the base policy alone."""
    assert ask(**layered(floor, change, **flags)).targets


@pytest.mark.parametrize(
    ("floor", "change", "flags", "told"),
    [
        (
            "{max-score-drop: 5}",
            None,
            {},
            f"floor.yml:2:26: {NEEDED} the base policy, or allow-missing-baseline in the base policy for the first run",
        ),
        (
            "{max-score-drop: 5}",
            "{allow-missing-baseline: true, baseline: mine.json}",
            {"allow-missing-baseline": "true"},
            f"floor.yml:2:26: {NEEDED} the base policy, or allow-missing-baseline in the base policy for the first run"
            + UNUSED.format(50),
        ),
        (
            "{}",
            "{max-score-drop: 5, baseline: mine.json}",
            {},
            f".probe-gate.yml:2:26: {NEEDED} the base policy, or --allow-missing-baseline for the first run"
            + UNUSED.format(39),
        ),
    ],
)
def test_a_drop_without_a_baseline_is_a_mistake(
    floor: str, change: str | None, flags: dict[str, str], told: str
) -> None:
    """And the message says what would help."""
    assert problems(**layered(floor, change, **flags)) == [told]


def test_a_target_that_no_file_names_has_a_plan_too() -> None:
    """One that is made for this run is held to the limits for every target."""
    plan = ask({"min-test-cases": "9"}, NONE, {".probe-gate.yml": FLOOR}).plan_for(Target(999, "preview"))
    assert (plan.target, str(plan.policy.min_score.value), plan.policy.min_test_cases.value) == (
        Target(999, "preview"),
        "80",
        9,
    )
    assert plan.policy.waivers == ()


def test_a_waiver_for_every_target_is_every_targets() -> None:
    """One for a single target is not."""
    text = FLOOR + '  - {check: overall-score, target: "*", until: 2026-12-24, reason: SEC-2}\n'
    plans = ask(environ=NONE, files={".probe-gate.yml": text}).targets
    assert [[waiver.check for waiver in plan.policy.waivers] for plan in plans] == [
        ["overall-score"],
        ["category-score:Safety", "overall-score"],
    ]
