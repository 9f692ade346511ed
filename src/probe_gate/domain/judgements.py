"""The judgements of three policies on the same evidence as one list of checks: the worst outcome of each counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from probe_gate.domain.policy import RejectedOverride
from probe_gate.domain.verdict import Check, CheckOutcome, PolicyLayer

SEVERITY: tuple[CheckOutcome, ...] = (
    CheckOutcome.FAILED,
    CheckOutcome.ERROR,
    CheckOutcome.WAIVED,
    CheckOutcome.PASSED,
    CheckOutcome.INFO,
)
"""Worst first."""


def combine_checks(judged: Mapping[PolicyLayer, Sequence[Check]]) -> list[Check]:
    """Return each check once, with its worst outcome and the layer that it comes from.

    Among layers that agree, the first one counts. For a check that passed it is the one with the strictest limit, so
    that a reader sees the limit that was really met.
    """
    found: dict[str, list[Check]] = {}
    for layer, checks in judged.items():
        for check in checks:
            found.setdefault(check.id, []).append(replace(check, decided_by=layer))
    return [_worst(found[check_id]) for check_id in _order([[check.id for check in one] for one in judged.values()])]


def outcomes_of(checks: Sequence[Check]) -> dict[str, CheckOutcome]:
    """Return the worst outcome of each check by its id."""
    found: dict[str, CheckOutcome] = {}
    for check in checks:
        found[check.id] = min(check.outcome, found.get(check.id, check.outcome), key=SEVERITY.index)
    return found


def _worst(candidates: Sequence[Check]) -> Check:
    severity = min(SEVERITY.index(check.outcome) for check in candidates)
    worst = [check for check in candidates if check.outcome is SEVERITY[severity]]
    return min(worst, key=_margin) if worst[0].outcome is CheckOutcome.PASSED else worst[0]


def _margin(check: Check) -> float:
    if check.measured_value is None or check.limit_value is None:
        return float("inf")
    return abs(check.measured_value - check.limit_value)


def _order(sequences: Sequence[Sequence[str]]) -> list[str]:
    """Merge the sequences: what only a later one has goes behind what stands before it there."""
    merged: list[str] = []
    for sequence in sequences:
        position = 0
        for check_id in sequence:
            if check_id in merged:
                position = merged.index(check_id) + 1
            else:
                merged.insert(position, check_id)
                position += 1
    return merged


def report_rejected(rejected: Sequence[RejectedOverride]) -> list[Check]:
    """Return a `policy:overrides` check that lists what was rejected; empty when nothing was."""
    if not rejected:
        return []
    listed = "; ".join(
        f"{one.key} {one.requested} ({one.requested_origin}) instead of {one.applied} ({one.applied_origin})"
        for one in rejected
    )
    message = f"Rejected overrides of the base policy: {listed}."
    return [Check("policy:overrides", CheckOutcome.INFO, message, origin=rejected[0].requested_origin)]
