"""Policy and probes of each target."""

from __future__ import annotations

from probe_gate.domain.evidence import Target
from probe_gate.domain.probes import ALL_PROBES, ChosenProbes, RecommendedProbes
from probe_gate.settings import Settings
from tests.unit.settings.asking import ask

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


def test_targets_waivers_and_soft_fail_come_from_the_floor() -> None:
    """What the change says of them does nothing, but for what it loosens being told."""
    settings = held()
    assert [plan.target for plan in settings.targets] == [Target(41), Target(42, "Support bot")]
    assert settings.targets[1].probes == RecommendedProbes()
    policy = settings.targets[1].policy
    assert [waiver.check for waiver in policy.waivers] == ["category-score:Safety"]
    assert {str(outcome) for outcome in policy.soft_fail} == {"timed-out"}
    assert settings.notes == (
        "Target 43 (.probe-gate.yml:5:10) is not gated: the targets come from the policy floor floor.yml.",
    )


def test_the_stricter_limit_holds_for_each_target() -> None:
    """A target's own limits are part of the floor; a change may still be stricter."""
    limits = [plan.policy.min_score for plan in held().targets]
    assert [(str(one.value), str(one.origin)) for one in limits] == [
        ("85", ".probe-gate.yml:2:21"),
        ("90", "floor.yml:5:77"),
    ]


def test_what_the_change_tried_is_told_for_each_target() -> None:
    """With both places, as a report shows it."""
    first, second = (
        [f"{one.key}: {one.tried} -> {one.kept}" for one in plan.policy.loosened] for plan in held().targets
    )
    assert first == ["targets: not named -> named", "soft-fail: failed -> timed-out"]
    assert second == [
        "probe-ids: probes 1 -> recommended probes",
        "min-score: 10 -> 90",
        "soft-fail: failed -> timed-out",
        "waiver overall-score: until 2026-12-24 -> none",
    ]


def test_flags_are_under_the_floor_too() -> None:
    """The pipeline that gives them is part of the change."""
    plans = held({"min-score": "1", "soft-fail": "failed,inconclusive", "probe-ids": "1"}).targets
    assert [str(plan.policy.min_score.value) for plan in plans] == ["80", "90"]
    assert {str(outcome) for outcome in plans[0].policy.soft_fail} == {"timed-out"}
    assert "--min-score" in {str(one.tried_origin) for one in plans[0].policy.loosened}
    assert plans[1].probes == RecommendedProbes()
    assert plans[0].probes == ChosenProbes((1,)), "the floor says nothing of this target's probes"


def test_a_floor_alone_is_a_policy() -> None:
    """What nobody set was not tried either."""
    settings = ask({"policy-floor": "floor.yml"}, NONE, {"floor.yml": FLOOR})
    assert [plan.policy.loosened for plan in settings.targets] == [(), ()]
    assert [str(plan.policy.min_score.value) for plan in settings.targets] == ["80", "90"]
    assert settings.notes == ("There is no policy file beside the policy floor floor.yml.",)


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
