"""The waivers that concern a target, and how long each still holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from probe_gate.domain.numbers import plural
from probe_gate.domain.policy import REST
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver."""

    check: str
    until: str
    """The last day on which it holds, ISO 8601."""
    days_left: int
    """0 on its last day, below 0 when it has ended."""
    state: str
    """`in use, 12 days left`, `ended`, `not needed, 3 days left`."""
    is_used: bool
    reason: str
    approved_by: str


def waiver_rows(target: TargetVerdict) -> list[WaiverRow]:
    """Those for this target or for every one, the one that ends first on top."""
    today = target.evidence.judged_at.astimezone(UTC).date()
    waived = {check.id.casefold() for check in target.checks if check.outcome is CheckOutcome.WAIVED}
    rows = []
    for waiver in target.policy.waivers:
        if waiver.target not in (REST, str(target.target.id)):
            continue
        days = (waiver.until - today).days
        used = days >= 0 and waiver.check.strip().casefold() in waived
        left = f"{plural(days, 'day')} left" if days else "last day"
        state = "ended" if days < 0 else f"{'in use' if used else 'not needed'}, {left}"
        rows.append(
            WaiverRow(waiver.check, waiver.until.isoformat(), days, state, used, waiver.reason, waiver.approved_by)
        )
    return sorted(rows, key=lambda row: (row.until, row.check))
