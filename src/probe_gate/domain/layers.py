"""A base policy and what is laid over it: the pipeline's options and the policy file of the change under test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from probe_gate.domain.limit import DEFAULT, Limit
from probe_gate.domain.overrides import FIELDS, PolicyPart, build_policy, soft_fail_of
from probe_gate.domain.policy import REST, CategoryMinimum, Overrides, Policy, RejectedOverride, Waiver
from probe_gate.domain.policy_rows import write_value

EVIDENCE_KEYS: Mapping[str, str] = {"baseline": "baseline"}
"""The keys, with their field of `Policy`, that shape the evidence. All judgements share the base policy's value, or
else the pipeline's; the change's own is never used."""

NONE = "none"


def build_layers(
    base: Sequence[PolicyPart],
    change: Sequence[PolicyPart],
    pipeline: PolicyPart,
    *,
    waivers: Iterable[Waiver] = (),
    change_waivers: Iterable[Waiver] = (),
) -> tuple[Policy, Overrides]:
    """Return the base policy, and the two policies that judge the same evidence beside it.

    Each later layer wins key by key. The waivers of the base policy hold in all three; its soft-fail applies to the
    result, and nobody else's does.

    Args:
        base: The parts of the base policy, the least important first.
        change: The same of the change's own policy file; empty without one.
        pipeline: What flags and variables set.
        waivers: Those of the base policy.
        change_waivers: Those of the change, to report them as rejected.
    """
    waivers = tuple(waivers)
    base_policy = build_policy(base, waivers)
    shared: dict[str, Any] = {
        field: getattr(base_policy, field) or pipeline.limits.get(key) for key, field in EVIDENCE_KEYS.items()
    }
    base_policy = replace(base_policy, **shared)
    with_pipeline, with_change = (
        replace(build_policy(parts, waivers), soft_fail=frozenset(), **shared)
        for parts in ([*base, pipeline], [*base, *change, pipeline])
    )
    rejected = [
        *(one for parts in (change, [pipeline]) for one in _find_rejected(parts, base_policy)),
        *_find_rejected_waivers(change_waivers, base_policy),
    ]
    return base_policy, Overrides(with_pipeline, with_change, tuple(rejected))


def _lower(requested: Any, applied: Any) -> bool:
    return bool(requested < applied)


def _higher(requested: Any, applied: Any) -> bool:
    return bool(requested > applied)


_LOOSER: Mapping[str, Callable[[Any, Any], bool]] = {
    "min-score": _lower,
    "max-attack-success-rate": _higher,
    "confidence": _higher,
    "max-error-rate": _higher,
    "min-test-cases": _lower,
    "max-score-drop": _higher,
    "allow-missing-baseline": _higher,
    "max-age": _higher,
}
"""Whether a requested value is looser than the one that applies. A confidence level excuses small samples, the more
the higher it is."""


def _find_rejected(parts: Sequence[PolicyPart], base: Policy) -> Iterator[RejectedOverride]:
    """Yield what these parts set that is looser than the base policy."""
    limits: dict[str, Limit[Any]] = {}
    categories: dict[str, CategoryMinimum] = {}
    for part in parts:
        limits.update(part.limits)
        categories.update({minimum.category.strip().casefold(): minimum for minimum in part.categories})
    for key in FIELDS:
        if key in limits and _is_rejected(key, limits[key], base):
            yield _reject(key, limits[key], getattr(base, FIELDS[key]))
        if key == "min-score":
            yield from _find_rejected_categories(categories.values(), base)
    softened = soft_fail_of(parts)
    if softened.outcomes - base.soft_fail:
        requested, applied = (", ".join(sorted(map(str, one))) or NONE for one in (softened.outcomes, base.soft_fail))
        yield RejectedOverride("soft-fail", requested, softened.origin, applied, DEFAULT)


def _is_rejected(key: str, requested: Limit[Any], base: Policy) -> bool:
    applied: Limit[Any] | None = getattr(base, FIELDS[key])
    if key in EVIDENCE_KEYS:
        return applied is None or requested.value != applied.value
    if key == "confidence":
        limited = base.max_attack_success_rate is not None
        return limited and (applied is None or requested.value > applied.value)
    if key == "allow-missing-baseline" and base.max_score_drop is None:
        return False
    return applied is not None and _LOOSER[key](requested.value, applied.value)


def _find_rejected_categories(requested: Iterable[CategoryMinimum], base: Policy) -> Iterator[RejectedOverride]:
    by_name = {minimum.category.strip().casefold(): minimum.limit for minimum in base.min_category_scores}
    for minimum in requested:
        applied = by_name.get(minimum.category.strip().casefold()) or by_name.get(REST)
        if applied is not None and minimum.limit.value < applied.value:
            yield _reject(f"min-category-score {minimum.category}", minimum.limit, applied)


def _find_rejected_waivers(requested: Iterable[Waiver], base: Policy) -> Iterator[RejectedOverride]:
    for waiver in requested:
        same = [one for one in base.waivers if (one.check.casefold(), one.target) == _identity(waiver)]
        latest = max(same, key=lambda one: one.until, default=None)
        if latest is None or waiver.until > latest.until:
            applied = f"until {latest.until.isoformat()}" if latest else NONE
            origin = latest.origin if latest else DEFAULT
            yield RejectedOverride(
                f"waiver {waiver.check}", f"until {waiver.until.isoformat()}", waiver.origin, applied, origin
            )


def _identity(waiver: Waiver) -> tuple[str, str]:
    return waiver.check.casefold(), waiver.target


def _reject(key: str, requested: Limit[Any], applied: Limit[Any] | None) -> RejectedOverride:
    value, origin = (write_value(applied.value), applied.origin) if applied else (NONE, DEFAULT)
    return RejectedOverride(key, write_value(requested.value), requested.origin, value, origin)
