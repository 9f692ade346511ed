"""Waivers: a failed check that does not count until the end of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta

from probe_gate.domain.evidence import Evidence
from probe_gate.domain.numbers import plural
from probe_gate.domain.policy import REST, Policy, Waiver
from probe_gate.domain.verdict import Check, CheckOutcome

ENDING = timedelta(days=14)
"""A waiver that ends within this time is announced."""


def apply_waivers(checks: Sequence[Check], evidence: Evidence, policy: Policy) -> list[Check]:
    """Waive each failed check that a waiver covers on the day of judging. What could not be judged cannot be waived."""
    waivers, today = _waivers_of(evidence, policy), _day_of(evidence)
    return [_waive(check, waivers, today) for check in checks]


def announce_waivers(checks: Sequence[Check], evidence: Evidence, policy: Policy) -> list[Check]:
    """Return a `policy:waivers` check about waivers that ended, end soon or were not needed; empty without any."""
    waivers, today = _waivers_of(evidence, policy), _day_of(evidence)
    announcements = [text for waiver in waivers if (text := _announce(waiver, checks, today))]
    if not announcements:
        return []
    return [Check("policy:waivers", CheckOutcome.INFO, " ".join(announcements), origin=waivers[0].origin)]


def _waivers_of(evidence: Evidence, policy: Policy) -> list[Waiver]:
    return [waiver for waiver in policy.waivers if waiver.target in (REST, str(evidence.target.id))]


def _day_of(evidence: Evidence) -> date:
    return evidence.judged_at.astimezone(UTC).date()


def _covers(waiver: Waiver, check: Check) -> bool:
    return waiver.check.strip().casefold() == check.id.casefold()


def _waive(check: Check, waivers: Sequence[Waiver], today: date) -> Check:
    if check.outcome is not CheckOutcome.FAILED:
        return check
    holding = [waiver for waiver in waivers if _covers(waiver, check) and today <= waiver.until]
    if not holding:
        return check
    waiver = max(holding, key=lambda waiver: waiver.until)
    by = f", approved by {waiver.approved_by}" if waiver.approved_by else ""
    reason = f"{waiver.reason} (until {waiver.until.isoformat()}{by})"
    message = f"{check.message} Waived: {reason}"
    return replace(check, outcome=CheckOutcome.WAIVED, message=message, waiver_reason=reason)


def _announce(waiver: Waiver, checks: Sequence[Check], today: date) -> str | None:
    name = f"The waiver for {waiver.check} ({waiver.origin})"
    if waiver.until < today:
        return f"{name} ended on {waiver.until.isoformat()}: the check counts again."
    covered = [check for check in checks if _covers(waiver, check)]
    if not covered:
        # a check on scores that could not be judged may be missing because of that
        hidden = any(check.id == "scores-fresh" and check.outcome is CheckOutcome.ERROR for check in checks)
        return None if hidden else f"{name} matches no check."
    if not any(check.outcome is CheckOutcome.WAIVED for check in covered):
        return f"{name} was not needed: the check did not fail."
    if waiver.until - today <= ENDING:
        left = (waiver.until - today).days
        when = f"in {plural(left, 'day')}" if left else "today"
        return f"{name} ends on {waiver.until.isoformat()}, {when}."
    return None
