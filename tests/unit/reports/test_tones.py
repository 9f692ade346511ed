"""Outcomes as tones."""

from __future__ import annotations

import pytest

from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import Outcome
from probe_gate.reports.tones import CHECK_TONES, sign_of_tone, tone_of


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_passed_looks_good(outcome: Outcome) -> None:
    """A failed policy is bad; everything that could not be judged is in doubt; nothing else is green."""
    tone = tone_of(outcome, is_soft=False)
    assert (tone == "good") == (outcome is Outcome.PASSED)
    assert (tone == "bad") == (outcome is Outcome.FAILED)
    assert sign_of_tone(tone) in "✓✗?·"


def test_what_does_not_count_looks_soft() -> None:
    """Not green, not red."""
    assert tone_of(Outcome.FAILED, is_soft=True) == "soft"


def test_every_check_has_a_tone() -> None:
    """And each tone a sign, since colour alone tells nothing to some."""
    assert set(CHECK_TONES) == set(CheckOutcome)
    assert len({sign_of_tone(tone) for tone in CHECK_TONES.values()}) == len(CHECK_TONES)
