"""Text in a fixed-width font."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.reports.text_width import pad, width_of
from tests.harness.factories import plain_text


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("\U0001f9ea", 2), ("", 0)])
def test_wide_characters_take_two_columns_and_accents_none(text: str, columns: int) -> None:
    """As terminals draw them."""
    assert width_of(text) == columns


@given(plain_text(40), st.integers(1, 30), st.booleans())
def test_padded_text_fills_its_columns_and_is_never_cut(text: str, columns: int, right: bool) -> None:
    """A longer text stays whole."""
    padded = pad(text, columns, right=right)
    assert width_of(padded) == max(columns, width_of(text))
    assert padded.endswith(text) if right else padded.startswith(text)
