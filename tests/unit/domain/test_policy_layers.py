"""A base policy and what is laid over it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from probe_gate.domain.policy import (
    DEFAULT,
    NO_PART,
    REST,
    CategoryMinimum,
    Limit,
    Origin,
    Overrides,
    Policy,
    PolicyPart,
    SoftFail,
    build_layers,
)
from probe_gate.errors import Outcome
from tests.harness.factories import make_waiver

BASE, CHANGE, FLAG = Origin.in_file("base.yml", 3, 14), Origin.in_file(".probe-gate.yml", 3, 14), Origin("--flag")


def part(origin: Origin, categories: dict[str, int] | None = None, **limits: Any) -> PolicyPart:
    """Limits by key, with underscores; whole numbers become decimals, but for counts."""
    found = {
        key.replace("_", "-"): Limit(
            Decimal(value) if type(value) is int and key != "min_test_cases" else value, origin
        )
        for key, value in limits.items()
    }
    named = tuple(CategoryMinimum(name, Limit(Decimal(least), origin)) for name, least in (categories or {}).items())
    return PolicyPart(found, named)


def layers(
    base: PolicyPart = NO_PART, change: PolicyPart = NO_PART, pipeline: PolicyPart = NO_PART, **waivers: Any
) -> tuple[Policy, Overrides]:
    return build_layers([base], [change], pipeline, **waivers)


def rejected(base: PolicyPart, change: PolicyPart = NO_PART, pipeline: PolicyPart = NO_PART) -> list[str]:
    _, overrides = layers(base, change, pipeline)
    return [f"{one.key}: {one.requested} -> {one.applied}" for one in overrides.rejected]


def test_each_later_layer_wins_key_by_key() -> None:
    """The change's file over the base policy, flags over both; what a layer does not set is the base policy's."""
    base, overrides = layers(
        part(BASE, min_score=85, max_error_rate=5, min_test_cases=50),
        part(CHANGE, min_score=90, max_attack_success_rate=3),
        part(FLAG, min_score=60),
    )
    assert base.min_score == Limit(Decimal(85), BASE)
    assert overrides.pipeline.min_score == Limit(Decimal(60), FLAG)
    assert base.max_attack_success_rate is overrides.pipeline.max_attack_success_rate is None
    assert overrides.change.min_score == Limit(Decimal(60), FLAG)
    assert overrides.change.max_attack_success_rate == Limit(Decimal(3), CHANGE)
    for policy in (base, overrides.pipeline, overrides.change):
        assert policy.max_error_rate == Limit(Decimal(5), BASE)
        assert policy.min_test_cases == Limit(50, BASE)


def test_an_entry_for_one_target_belongs_to_its_layer() -> None:
    """The change's limit for every target outweighs the base policy's for this one, in the change's layer only."""
    base, overrides = build_layers(
        [part(BASE, min_score=80), part(BASE, min_score=90)], [part(CHANGE, min_score=70)], NO_PART
    )
    assert [int(one.min_score.value) for one in (base, overrides.pipeline, overrides.change)] == [90, 90, 70]


def test_the_default_belongs_to_the_base_policy() -> None:
    """A team that wants less writes it into the base policy."""
    base, overrides = layers(change=part(CHANGE, min_score=60))
    assert (base.min_score, int(overrides.change.min_score.value)) == (Limit(Decimal(80), DEFAULT), 60)
    assert rejected(NO_PART, part(CHANGE, min_score=60)) == ["min-score: 60 -> 80"]


@pytest.mark.parametrize(
    ("base", "pipeline", "used"),
    [
        ({"baseline": "main.json"}, {"baseline": "flag.json"}, "main.json"),
        ({}, {"baseline": "flag.json"}, "flag.json"),
        ({}, {}, None),
    ],
)
def test_the_baseline_serves_all_three_and_is_never_the_changes(
    base: dict[str, Any], pipeline: dict[str, Any], used: str | None
) -> None:
    """It shapes the evidence, which is the same for each judgement."""
    policy, overrides = layers(part(BASE, **base), part(CHANGE, baseline="mine.json"), part(FLAG, **pipeline))
    for one in (policy, overrides.pipeline, overrides.change):
        assert (one.baseline.value if one.baseline else None) == used
    assert ("baseline", "mine.json") in {(one.key, one.requested) for one in overrides.rejected}


def test_waivers_of_the_base_policy_hold_in_all_three_and_its_soft_fail_for_the_result() -> None:
    """Those of the change and the pipeline do nothing, and are reported."""
    base_waiver, change_waiver = make_waiver(check="category-score:Safety"), make_waiver(check="overall-score")
    soft = [
        replace(NO_PART, soft_fail=SoftFail(frozenset({outcome}), origin))
        for outcome, origin in ((Outcome.TIMED_OUT, BASE), (Outcome.FAILED, CHANGE), (Outcome.INCONCLUSIVE, FLAG))
    ]
    policy, overrides = layers(*soft, waivers=[base_waiver], change_waivers=[change_waiver])
    assert policy.soft_fail == {Outcome.TIMED_OUT}
    for one in (policy, overrides.pipeline, overrides.change):
        assert one.waivers == (base_waiver,)
    assert overrides.pipeline.soft_fail == overrides.change.soft_fail == frozenset()
    assert [(one.key, one.requested, one.requested_origin, one.applied) for one in overrides.rejected] == [
        ("soft-fail", "failed", CHANGE, "timed-out"),
        ("soft-fail", "inconclusive", FLAG, "timed-out"),
        ("waiver overall-score", f"until {change_waiver.until}", change_waiver.origin, "none"),
    ]


def test_a_waiver_that_is_only_prolonged_is_rejected_too() -> None:
    """The day of the base policy holds."""
    mine = make_waiver()
    longer = replace(mine, until=mine.until + timedelta(days=30))
    _, overrides = layers(waivers=[mine], change_waivers=[longer])
    assert [one.applied for one in overrides.rejected] == [f"until {mine.until}"]
    assert layers(waivers=[longer], change_waivers=[mine])[1].rejected == ()


@pytest.mark.parametrize(
    ("looser", "stricter"),
    [
        ({"min_score": 70}, {"min_score": 80}),
        ({"max_error_rate": 20}, {"max_error_rate": 5}),
        ({"max_attack_success_rate": 9}, {"max_attack_success_rate": 5}),
        ({"max_score_drop": 9}, {"max_score_drop": 5}),
        ({"min_test_cases": 1}, {"min_test_cases": 50}),
        ({"max_age": timedelta(days=2)}, {"max_age": timedelta(days=1)}),
        (
            {"max_attack_success_rate": 5, "confidence": Decimal(99)},
            {"max_attack_success_rate": 5, "confidence": Decimal(95)},
        ),
        ({"max_attack_success_rate": 5, "confidence": Decimal(50)}, {"max_attack_success_rate": 5}),
        ({"max_score_drop": 5, "allow_missing_baseline": True}, {"max_score_drop": 5, "allow_missing_baseline": False}),
        ({"categories": {"security": 50}}, {"categories": {"Security": 90}}),
        ({"categories": {"Security": 50}}, {"categories": {REST: 70}}),
        ({"categories": {REST: 50}}, {"categories": {REST: 70}}),
    ],
)
def test_what_is_looser_is_reported_and_what_is_stricter_is_not(
    looser: dict[str, Any], stricter: dict[str, Any]
) -> None:
    """Whoever asks for it, the change or the pipeline."""
    assert len(rejected(part(BASE, **stricter), part(CHANGE, **looser))) == 1
    assert len(rejected(part(BASE, **stricter), NO_PART, part(FLAG, **looser))) == 1
    assert rejected(part(BASE, **looser), part(CHANGE, **stricter)) == []
    assert rejected(part(BASE, **looser), part(CHANGE, **looser), part(FLAG, **looser)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"confidence": Decimal(95)},
        {"allow_missing_baseline": True},
        {"max_score_drop": 100},
        {"max_age": timedelta(days=900)},
        {"categories": {"Security": 1}},
    ],
)
def test_what_the_base_policy_does_not_limit_cannot_be_loosened(change: dict[str, Any]) -> None:
    """Any limit is stricter than none."""
    assert rejected(NO_PART, part(CHANGE, **change)) == []


def test_what_was_rejected_is_told_with_both_places() -> None:
    """A reader of the report sees what was requested and what applied instead."""
    _, overrides = layers(part(BASE, min_score=85), part(CHANGE, min_score=60))
    (told,) = overrides.rejected
    assert (told.key, told.requested, told.requested_origin, told.applied, told.applied_origin) == (
        "min-score", "60", CHANGE, "85", BASE,
    )  # fmt: skip
