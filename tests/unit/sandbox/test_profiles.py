"""How progress grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.sandbox.profiles import PROFILES, STUCK_AT, shown_share


@given(profile=st.sampled_from(sorted(PROFILES)), time_share=st.floats(-2, 3))
def test_what_is_shown_is_always_a_share(profile: str, time_share: float) -> None:
    """Between 0 and 1 at every moment, nothing before the start, all from the end on."""
    share = shown_share(profile, time_share)
    assert 0 <= share <= 1
    if time_share <= 0:
        assert share == 0
    if time_share >= 1:
        assert share == 1


@given(st.sampled_from(["linear", "s-shaped", "steps", "stuck"]), st.floats(0, 1), st.floats(0, 1))
def test_honest_profiles_never_fall(profile: str, one: float, other: float) -> None:
    """Later means at least as far."""
    early, late = sorted((one, other))
    assert shown_share(profile, early) <= shown_share(profile, late) + 1e-9


@pytest.mark.parametrize(
    ("profile", "time_share", "expected"),
    [
        ("linear", 0.25, 0.25),
        ("s-shaped", 0.5, 0.5),
        ("steps", 0.39, 0.2),
        ("steps", 0.41, 0.4),
        ("stuck", 0.6, STUCK_AT),
        ("stuck", 0.93, STUCK_AT),
        ("silent", 0.9, 0.0),
    ],
)
def test_points_of_the_profiles(profile: str, time_share: float, expected: float) -> None:
    """Each has the shape that its name says."""
    assert shown_share(profile, time_share) == pytest.approx(expected)


def test_backwards_falls_while_the_run_goes_on() -> None:
    """Progress is less at the end than at the start."""
    assert shown_share("backwards", 0.9) < shown_share("backwards", 0.1)
