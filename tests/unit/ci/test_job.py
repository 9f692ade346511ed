from __future__ import annotations

import pytest
from hypothesis import given

from probe_gate.ci.job import MAX_LENGTH, first_of, joined, number_of, text_of
from tests.harness.factories import hostile_text


@given(hostile_text())
def test_a_text_is_one_short_visible_line(text: str) -> None:
    """No variable brings a line break, an escape code or a million characters along."""
    read = text_of({"BRANCH": text * 50}, "BRANCH")
    assert len(read) <= MAX_LENGTH
    assert "\n" not in read
    assert "\x1b" not in read
    read.encode()


def test_what_is_not_set_is_empty() -> None:
    """Nothing is made up for a variable that is missing."""
    assert text_of({}, "BRANCH") == first_of({}, "A", "B") == joined("/", {}, "A", "B") == ""


def test_empty_variables_are_passed_over() -> None:
    """The first that says something counts, and a row has no gaps."""
    environ = {"A": "", "B": "b", "C": "c"}
    assert first_of(environ, "A", "B", "C") == "b"
    assert joined("/", environ, "A", "B", "C") == "b/c"


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("0", 0), ("", None), ("-1", None), ("٣", None), ("9" * 19, None), ("1.0", None)]
)
def test_only_plain_digits_are_a_number(text: str, number: int | None) -> None:
    """An attempt is counted in digits of ASCII, and not to more than a system would count to."""
    assert number_of(text) == number
