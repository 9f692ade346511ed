"""The nearest known name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.suggestions import did_you_mean, did_you_mean_id, nearest

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


@pytest.mark.parametrize(
    ("number", "known", "hint"),
    [
        (99, [9], "; known: 9"),
        (12, [21, 120], "; known: 21, 120"),
        (123465, [42, 123456], "; did you mean 123456?"),
        (123457, [123456], "; known: 123456"),
        (1243, [1234, 1324], "; known: 1234, 1324"),
        (7, [], ""),
    ],
)
def test_an_id_is_not_like_another_because_it_has_the_same_digits(number: int, known: list[int], hint: str) -> None:
    """Only digits that changed places in a long one say what was meant."""
    assert did_you_mean_id(number, known) == hint


def test_a_message_does_not_list_thousands() -> None:
    """A policy can have two thousand targets."""
    assert did_you_mean("zzz", [f"key-{number}" for number in range(2000)]).endswith(" and 1980 more")


@given(st.text(), st.lists(st.text(min_size=1), max_size=5))
def test_only_a_known_name_is_ever_named(word: str, known: list[str]) -> None:
    """Whatever the words are, and without an exception."""
    assert nearest(word, known) in (None, *known)
