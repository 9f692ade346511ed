"""Outcomes as tones: the colour and the sign that go with them in report.html."""

from __future__ import annotations

from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import Outcome
from probe_gate.reports.story import is_good

CHECK_TONES = {
    CheckOutcome.PASSED: "good",
    CheckOutcome.FAILED: "bad",
    CheckOutcome.ERROR: "doubt",
    CheckOutcome.WAIVED: "soft",
    CheckOutcome.INFO: "quiet",
}


def tone_of(outcome: Outcome, *, is_soft: bool) -> str:
    """`good`, `bad`, `doubt` (could not be judged) or `soft` (would be bad, but does not count)."""
    if is_good(outcome):
        return "good" if outcome is Outcome.PASSED else "quiet"
    return "soft" if is_soft else "bad" if outcome is Outcome.FAILED else "doubt"


def sign_of_tone(tone: str) -> str:
    return {"good": "✓", "bad": "✗", "doubt": "?", "soft": "!", "quiet": "·"}[tone]
