"""The stricter of two policies: what the change under test says, over a floor that it cannot touch.

For each key the stricter limit holds. Soft-fail and waivers come from the floor alone. What each key's stricter
limit is:

- a minimum (`min-score`, each category, `min-test-cases`): the higher one;
- a maximum (`max-attack-success-rate`, `max-error-rate`, `max-score-drop`, `max-age`): the lower one, and any is
  stricter than none;
- a category that either policy names stays named, because a named category must have a score; its limit is the
  higher one of what the two policies ask of it, by its name or by `*`;
- `confidence` lets a small sample off, the more the higher it is: none is stricter than any, a lower one stricter
  than a higher one. It says nothing without a limit on the rate, so it counts only where there is one;
- `allow-missing-baseline` lets a missing baseline off, and counts only where `max-score-drop` is set; false is
  stricter;
- no `baseline` is stricter than another: the floor's holds when it names one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from probe_gate.domain.limit import DEFAULT, Limit, Origin
from probe_gate.domain.overrides import SoftFail, sort_categories
from probe_gate.domain.policy import REST, CategoryMinimum, Loosened, Policy
from probe_gate.domain.policy_rows import write_value

Value = TypeVar("Value", Decimal, int, bool, timedelta, str)

NONE = "none"


def apply_floor(policy: Policy, floor: Policy, soft_fail: SoftFail | None = None) -> Policy:
    """The policy that is nowhere looser than either; `loosened` tells what the first tried.

    `soft_fail` tells where the first policy's was set.
    """
    keeper = _Keeper()
    rate = keeper.keep("max-attack-success-rate", policy.max_attack_success_rate, floor.max_attack_success_rate, _lower)
    drop = keeper.keep("max-score-drop", policy.max_score_drop, floor.max_score_drop, _lower)
    min_score = keeper.keep("min-score", policy.min_score, floor.min_score, _higher)
    max_error_rate = keeper.keep("max-error-rate", policy.max_error_rate, floor.max_error_rate, _lower)
    min_test_cases = keeper.keep("min-test-cases", policy.min_test_cases, floor.min_test_cases, _higher)
    categories = _keep_categories(keeper, policy, floor)
    confidence = _keep_confidence(keeper, policy, floor)
    baseline = keeper.keep("baseline", policy.baseline, floor.baseline, lambda _ours, _floors: False)
    allow_missing = _keep_allow_missing_baseline(keeper, policy, floor)
    max_age = keeper.keep("max-age", policy.max_age, floor.max_age, _lower)
    _tell_soft_fail(keeper, policy, floor, soft_fail.origin if soft_fail else DEFAULT)
    _tell_waivers(keeper, policy, floor)
    return replace(
        policy,
        min_score=min_score or floor.min_score,
        min_category_scores=categories,
        max_attack_success_rate=rate,
        confidence=confidence,
        max_error_rate=max_error_rate or floor.max_error_rate,
        min_test_cases=min_test_cases or floor.min_test_cases,
        max_score_drop=drop,
        baseline=baseline,
        allow_missing_baseline=allow_missing,
        max_age=max_age,
        soft_fail=floor.soft_fail,
        waivers=floor.waivers,
        loosened=(*policy.loosened, *keeper.loosened),
    )


class _Keeper:
    """Keeps the stricter of two limits and notes where that was the floor's."""

    def __init__(self) -> None:
        self.loosened: list[Loosened] = []

    def keep(
        self,
        key: str,
        ours: Limit[Value] | None,
        floors: Limit[Value] | None,
        is_stricter: Callable[[Value, Value], bool],
    ) -> Limit[Value] | None:
        """Ours when it is as strict as the floor's, or when the floor has none; else the floor's."""
        if floors is None:
            return ours
        if ours is not None and (ours.value == floors.value or is_stricter(ours.value, floors.value)):
            return ours
        self.note(key, ours, floors)
        return floors

    def note(self, key: str, ours: Limit[Value] | None, floors: Limit[Value] | None) -> None:
        """Says that the floor's limit was kept."""
        tried, tried_origin = (write_value(ours.value), ours.origin) if ours else (NONE, DEFAULT)
        kept, kept_origin = (write_value(floors.value), floors.origin) if floors else (NONE, DEFAULT)
        self.loosened.append(Loosened(key, tried, tried_origin, kept, kept_origin))


def _higher(ours: Decimal | int, floors: Decimal | int) -> bool:
    return ours > floors


def _lower(ours: Decimal | timedelta, floors: Decimal | timedelta) -> bool:
    return ours < floors  # type: ignore[operator]  # both are of one kind


def _keep_categories(keeper: _Keeper, policy: Policy, floor: Policy) -> tuple[CategoryMinimum, ...]:
    ours, floors = _by_name(policy), _by_name(floor)
    kept: list[CategoryMinimum] = []
    for name in {**ours, **floors}:
        # A category without a limit of its own is held to that of the rest, by either policy.
        mine, theirs = ours.get(name) or ours.get(REST), floors.get(name) or floors.get(REST)
        spelling = (ours.get(name) or floors[name]).category
        limit = keeper.keep(
            f"min-category-score {spelling}",
            mine.limit if mine else None,
            theirs.limit if theirs else None,
            _higher,
        )
        if limit is not None:
            kept.append(CategoryMinimum(spelling, limit))
    return sort_categories(kept)


def _by_name(policy: Policy) -> dict[str, CategoryMinimum]:
    return {minimum.category.strip().casefold(): minimum for minimum in policy.min_category_scores}


def _keep_confidence(keeper: _Keeper, policy: Policy, floor: Policy) -> Limit[Decimal] | None:
    ours, floors = policy.confidence, floor.confidence
    if floor.max_attack_success_rate is None:
        return ours
    if policy.max_attack_success_rate is None:
        return floors
    if ours is None or (floors is not None and ours.value <= floors.value):
        return ours
    keeper.note("confidence", ours, floors)
    return floors


def _keep_allow_missing_baseline(keeper: _Keeper, policy: Policy, floor: Policy) -> Limit[bool]:
    ours, floors = policy.allow_missing_baseline, floor.allow_missing_baseline
    if floor.max_score_drop is None:
        return ours
    if policy.max_score_drop is None:
        return floors
    if not ours.value or floors.value:
        return ours
    keeper.note("allow-missing-baseline", ours, floors)
    return floors


def _tell_soft_fail(keeper: _Keeper, policy: Policy, floor: Policy, origin: Origin) -> None:
    if policy.soft_fail - floor.soft_fail:
        tried, kept = (", ".join(sorted(map(str, one.soft_fail))) or NONE for one in (policy, floor))
        keeper.loosened.append(Loosened("soft-fail", tried, origin, kept, DEFAULT))


def _tell_waivers(keeper: _Keeper, policy: Policy, floor: Policy) -> None:
    held = {
        (waiver.check.casefold(), waiver.target): waiver.until
        for waiver in sorted(floor.waivers, key=lambda waiver: waiver.until)
    }
    for waiver in policy.waivers:
        until = held.get((waiver.check.casefold(), waiver.target))
        if until is None or waiver.until > until:
            kept = f"until {until.isoformat()}" if until else NONE
            tried = f"until {waiver.until.isoformat()}"
            keeper.loosened.append(Loosened(f"waiver {waiver.check}", tried, waiver.origin, kept, DEFAULT))
