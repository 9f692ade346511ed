"""A policy put together from parts: defaults, file, target, environment, flags; the later part wins, key by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from probe_gate.domain.limit import DEFAULT, Limit, Origin
from probe_gate.domain.policy import REST, CategoryMinimum, Policy, Waiver
from probe_gate.errors import Outcome

FIELDS: Mapping[str, str] = {
    "min-score": "min_score",
    "max-attack-success-rate": "max_attack_success_rate",
    "confidence": "confidence",
    "max-error-rate": "max_error_rate",
    "min-test-cases": "min_test_cases",
    "max-score-drop": "max_score_drop",
    "baseline": "baseline",
    "allow-missing-baseline": "allow_missing_baseline",
    "max-age": "max_age",
}
"""The field of `Policy` that each key with a single limit sets. `min-category-score` and `soft-fail` are apart."""


@dataclass(frozen=True, slots=True)
class SoftFail:
    """The outcomes that are softened, and where that was set."""

    outcomes: frozenset[Outcome] = frozenset()
    origin: Origin = DEFAULT


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """The keys that one source sets."""

    limits: Mapping[str, Limit[Any]] = field(default_factory=dict)
    """By policy key: the keys of `FIELDS`."""
    categories: tuple[CategoryMinimum, ...] = ()
    soft_fail: SoftFail | None = None


NO_PART = PolicyPart()


def build_policy(parts: Sequence[PolicyPart], waivers: Iterable[Waiver] = ()) -> Policy:
    """The policy that the parts make, the least important first.

    Category minimums are merged by category, without regard to case: a part that names one leaves the others be.
    """
    limits: dict[str, Limit[Any]] = {}
    categories: dict[str, CategoryMinimum] = {}
    for part in parts:
        limits.update(part.limits)
        categories.update({minimum.category.strip().casefold(): minimum for minimum in part.categories})
    single: dict[str, Any] = {FIELDS[key]: limit for key, limit in limits.items()}
    return Policy(
        **single,
        min_category_scores=sort_categories(categories.values()),
        soft_fail=soft_fail_of(parts).outcomes,
        waivers=tuple(sorted(waivers, key=lambda waiver: (waiver.check.casefold(), waiver.target, waiver.until))),
    )


def soft_fail_of(parts: Sequence[PolicyPart]) -> SoftFail:
    """What is softened: what the last part that says anything about it says."""
    return next((part.soft_fail for part in reversed(parts) if part.soft_fail is not None), SoftFail())


def sort_categories(minimums: Iterable[CategoryMinimum]) -> tuple[CategoryMinimum, ...]:
    """By name, the rest last: the order in which they were written means nothing."""
    return tuple(sorted(minimums, key=lambda minimum: (minimum.category == REST, minimum.category.casefold())))
