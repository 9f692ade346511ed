"""The stricter of two policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Evidence
from probe_gate.domain.floor import apply_floor
from probe_gate.domain.limit import Limit, Origin
from probe_gate.domain.overrides import SoftFail
from probe_gate.domain.policy import REST, CategoryMinimum, Policy
from probe_gate.errors import Outcome
from tests.factories import (
    make_baseline,
    make_counts,
    make_evidence,
    make_run,
    make_scores,
    make_waiver,
    policies,
)

OURS, FLOORS = Origin.in_file("change.yml", 3, 14), Origin.in_file("floor.yml", 3, 14)


def limit(value: Any, origin: Origin = OURS) -> Limit[Any]:
    return Limit(Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value, origin)


def categories(named: dict[str, int], origin: Origin = OURS) -> tuple[CategoryMinimum, ...]:
    return tuple(
        CategoryMinimum(REST if name == "rest" else name, limit(value, origin)) for name, value in named.items()
    )


@pytest.mark.parametrize(
    ("field", "looser", "stricter"),
    [
        ("min_score", limit(70), limit(80)),
        ("max_error_rate", limit(20), limit(5)),
        ("max_attack_success_rate", limit(9), limit(5)),
        ("max_attack_success_rate", None, limit(100)),
        ("max_score_drop", limit(9), limit(5)),
        ("max_score_drop", None, limit(100)),
        ("min_test_cases", Limit(1), Limit(50)),
        ("max_age", limit(timedelta(days=2)), limit(timedelta(days=1))),
        ("max_age", None, limit(timedelta(days=1))),
    ],
)
def test_the_stricter_limit_holds_whoever_set_it(field: str, looser: Any, stricter: Any) -> None:
    """A change may tighten a limit, and cannot loosen it or leave it out."""
    tight, loose = replace(Policy(), **{field: stricter}), replace(Policy(), **{field: looser})
    assert getattr(apply_floor(tight, loose), field) == stricter
    assert apply_floor(tight, loose).loosened == ()
    kept = apply_floor(loose, tight)
    assert getattr(kept, field) == stricter
    assert [one.key for one in kept.loosened] == [field.replace("_", "-")]


def test_what_was_tried_is_told_with_both_places() -> None:
    """A reader of the report sees what the change wanted and what held instead."""
    (told,) = apply_floor(Policy(min_score=limit(60)), Policy(min_score=limit(85, FLOORS))).loosened
    assert (told.key, told.tried, told.tried_origin, told.kept, told.kept_origin) == (
        "min-score", "60", OURS, "85", FLOORS,
    )  # fmt: skip


def test_the_default_is_part_of_the_floor() -> None:
    """A floor that names no least score still asks for 80."""
    kept = apply_floor(Policy(min_score=limit(0), max_error_rate=limit(100)), Policy())
    assert (str(kept.min_score.value), str(kept.max_error_rate.value)) == ("80", "10")


@pytest.mark.parametrize(
    ("ours", "floors", "kept"),
    [
        ({"Security": 50}, {"security": 90}, {"security": 90}),
        ({"Security": 95}, {"security": 90}, {"Security": 95}),
        ({}, {"Security": 90, "rest": 70}, {"Security": 90, "*": 70}),
        ({"Security": 50}, {"rest": 70}, {"Security": 70, "*": 70}),
        ({"rest": 90}, {"Security": 70}, {"Security": 90, "*": 90}),
        ({"Security": 50, "rest": 90}, {"rest": 70}, {"Security": 70, "*": 90}),
        ({"Security": 50}, {}, {"Security": 50}),
    ],
)
def test_categories_are_held_by_name_or_by_the_rest(
    ours: dict[str, int], floors: dict[str, int], kept: dict[str, int]
) -> None:
    """Naming a category is no way to escape the limit that the floor sets for all."""
    policy = apply_floor(
        Policy(min_category_scores=categories(ours)), Policy(min_category_scores=categories(floors, FLOORS))
    )
    found = {one.category.casefold(): int(one.limit.value) for one in policy.min_category_scores}
    assert found == {name.casefold(): value for name, value in kept.items()}


RATE = {"max_attack_success_rate": limit(5)}


@pytest.mark.parametrize(
    ("ours", "floors", "kept"),
    [
        ({**RATE, "confidence": limit(95)}, RATE, None),
        (RATE, {**RATE, "confidence": limit(95)}, None),
        ({**RATE, "confidence": limit(99)}, {**RATE, "confidence": limit(95)}, limit(95)),
        ({**RATE, "confidence": limit(90)}, {**RATE, "confidence": limit(95)}, limit(90)),
        ({**RATE, "confidence": limit(95)}, {}, limit(95)),
        ({"confidence": limit(95)}, RATE, None),
        ({}, {**RATE, "confidence": limit(95)}, limit(95)),
    ],
)
def test_confidence_lets_off_so_less_of_it_is_stricter(ours: Any, floors: Any, kept: Any) -> None:
    """None is the strictest; it counts only beside a limit on the rate."""
    assert apply_floor(Policy(**ours), Policy(**floors)).confidence == kept


DROP, ALLOW = {"max_score_drop": limit(5)}, {"allow_missing_baseline": limit(True)}


@pytest.mark.parametrize(
    ("ours", "floors", "allowed"),
    [
        ({**DROP, **ALLOW}, DROP, False),
        ({**DROP, **ALLOW}, {**DROP, **ALLOW}, True),
        ({**DROP}, {**DROP, **ALLOW}, False),
        ({**DROP, **ALLOW}, {}, True),
        (ALLOW, DROP, False),
    ],
)
def test_a_missing_baseline_is_allowed_only_if_the_floor_allows_it(ours: Any, floors: Any, allowed: bool) -> None:
    """Where the floor limits the drop at all."""
    assert apply_floor(Policy(**ours), Policy(**floors)).allow_missing_baseline.value is allowed


def test_the_floors_baseline_holds() -> None:
    """A change cannot choose what it is compared with; where the floor names none, it may."""
    ours, floors = Policy(baseline=limit("mine.json")), Policy(baseline=limit("main.json", FLOORS))
    assert apply_floor(ours, floors).baseline == floors.baseline
    assert [one.key for one in apply_floor(ours, floors).loosened] == ["baseline"]
    assert apply_floor(ours, Policy()).baseline == ours.baseline


def test_soft_fail_and_waivers_come_from_the_floor_alone() -> None:
    """Those of the change do nothing, and the report says that they were tried."""
    mine, theirs = make_waiver(check="overall-score"), make_waiver(check="category-score:Safety")
    ours = Policy(soft_fail=frozenset({Outcome.FAILED}), waivers=(mine,))
    floors = Policy(soft_fail=frozenset({Outcome.TIMED_OUT}), waivers=(theirs,))
    kept = apply_floor(ours, floors, SoftFail(ours.soft_fail, OURS))
    assert (kept.soft_fail, kept.waivers) == (floors.soft_fail, floors.waivers)
    assert [(one.key, one.tried, one.kept) for one in kept.loosened] == [
        ("soft-fail", "failed", "timed-out"),
        ("waiver overall-score", f"until {mine.until}", "none"),
    ]
    assert kept.loosened[0].tried_origin is OURS


def test_a_waiver_that_is_only_prolonged_is_told_too() -> None:
    """The day of the floor holds."""
    theirs = make_waiver()
    ours = replace(theirs, until=theirs.until + timedelta(days=30))
    kept = apply_floor(Policy(waivers=(ours,)), Policy(waivers=(theirs,)))
    assert kept.waivers == (theirs,)
    assert [one.kept for one in kept.loosened] == [f"until {theirs.until}"]


@given(policies(), policies())
def test_idempotent(policy: Policy, floor: Policy) -> None:
    """A floor applied twice is a floor applied once, and nothing more is said to have been loosened."""
    once = apply_floor(policy, floor)
    assert apply_floor(once, floor) == once


@given(policies())
def test_a_policy_over_itself_is_itself(policy: Policy) -> None:
    """And nothing was loosened."""
    kept = apply_floor(policy, policy)
    assert kept.loosened == policy.loosened
    assert replace(kept, min_category_scores=()) == replace(policy, min_category_scores=())


NAMES = st.sampled_from(("Security", "security", "Safety", REST))


@st.composite
def low_policies(draw: st.DrawFn) -> Policy:
    """Policies that good evidence often passes, so that both answers are common."""
    percent = st.integers(0, 60).map(limit)
    named = draw(st.dictionaries(NAMES, st.integers(0, 60), max_size=3))
    return Policy(
        min_score=draw(percent),
        min_category_scores=tuple(
            CategoryMinimum(name, limit(least))
            for name, least in named.items()
            if name != "security" or "Security" not in named
        ),
        max_attack_success_rate=draw(st.none() | percent),
        confidence=draw(st.sampled_from((None, limit(50), limit(95)))),
        max_error_rate=draw(percent),
        min_test_cases=Limit(draw(st.integers(1, 60))),
        max_score_drop=draw(st.none() | percent),
    )


@st.composite
def good_evidences(draw: st.DrawFn) -> Evidence:
    score = st.integers(20, 100)
    failed, errors = draw(st.integers(0, 60)), draw(st.sampled_from((0, 5)))
    names = draw(st.sets(st.sampled_from(("Security", "Safety", "Custom"))))
    return make_evidence(
        run=make_run(counts=make_counts(passed=100 - failed - errors, failed=failed, errors=errors)),
        scores=make_scores(overall=draw(score), categories={name: float(draw(score)) for name in names}),
        baseline=draw(st.none() | st.just(make_baseline())),
    )


@given(good_evidences(), low_policies(), low_policies())
@settings(max_examples=300)
def test_what_either_policy_refuses_is_refused(evidence: Evidence, policy: Policy, floor: Policy) -> None:
    """Held to the real judge: a policy over a floor passes no evidence that one of the two would not pass."""
    kept = evaluate(apply_floor(policy, floor), evidence).outcome
    event(str(kept))
    if kept is Outcome.PASSED:
        assert evaluate(policy, evidence).outcome is Outcome.PASSED
        assert evaluate(floor, evidence).outcome is Outcome.PASSED
