"""The nearest known name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.near import did_you_mean, nearest

KEYS = ("min-score", "max-error-rate", "confidence", "soft-fail")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("min_score", "min-score"),
        ("MIN-SCORE", "min-score"),
        ("minscore", "min-score"),
        ("maxErrorRate", "max-error-rate"),
        ("confidense", "confidence"),
        ("something else", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_a_misspelt_name_is_recognised(word: str, meant: str | None) -> None:
    """Case, underscores and small slips do not hide what was meant; anything else is not guessed at."""
    assert nearest(word, KEYS) == meant


def test_a_message_names_the_nearest_or_else_all() -> None:
    """Either way the reader sees what could stand there."""
    assert did_you_mean("confidense", KEYS) == "; did you mean confidence?"
    assert did_you_mean("zzz", KEYS) == "; known: min-score, max-error-rate, confidence, soft-fail"
    assert did_you_mean("zzz", ()) == ""


def test_a_message_does_not_list_thousands() -> None:
    """A policy can have two thousand targets."""
    assert did_you_mean("zzz", [f"key-{number}" for number in range(2000)]).endswith(" and 1980 more")


@given(st.text(), st.lists(st.text(min_size=1), max_size=5))
def test_only_a_known_name_is_ever_named(word: str, known: list[str]) -> None:
    """Whatever the words are, and without an exception."""
    assert nearest(word, known) in (None, *known)
