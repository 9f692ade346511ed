"""Text in columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.reports.cells import cut, fit, width_of, wrap
from tests.harness.factories import plain_text


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("\U0001f9ea", 2), ("", 0)])
def test_wide_signs_count_twice_and_accents_not(text: str, columns: int) -> None:
    """As terminals draw them."""
    assert width_of(text) == columns


@given(plain_text(40), st.integers(1, 30), st.booleans())
def test_fits_exactly(text: str, columns: int, right: bool) -> None:
    """A column is as wide as it was meant to be, whatever stands in it."""
    assert width_of(fit(text, columns, right=right)) == columns


def test_a_cut_shows() -> None:
    """An ellipsis takes the last column."""
    assert cut("Hallucination", 8) == "Halluci…"
    assert cut("日本語ボット", 6) == "日本…"
    assert cut("short", 8) == "short"


@given(plain_text(200), st.integers(20, 60))
def test_wrapped_lines_are_never_too_wide(text: str, columns: int) -> None:
    """Nothing is lost but blanks, and no line is wider than asked for."""
    lines = list(wrap(text, columns))
    assert all(width_of(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
