"""A scalar of YAML read as the one thing that it should be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.files import scalars
from probe_gate.files.located_yaml import Scalar
from probe_gate.files.problems import Place
from tests.harness.factories import hostile_text

PARSERS: tuple[Callable[[Scalar], object], ...] = (
    lambda scalar: scalars.parse_number(scalar, 0, 100),
    lambda scalar: scalars.parse_integer(scalar, 1, 10),
    scalars.parse_min_score,
    scalars.parse_boolean,
    scalars.parse_duration,
    scalars.parse_day,
    scalars.parse_text,
)


def plain(text: str) -> Scalar:
    return Scalar(text, Place(1, 1))


def quoted(text: str) -> Scalar:
    return Scalar(text, Place(1, 1), is_quoted=True)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
@pytest.mark.parametrize("read", PARSERS)
def test_nothing_is_no_value(text: str, read: Callable[[Scalar], object]) -> None:
    """A key that was left empty does not fall back to something in silence."""
    with pytest.raises(ValueError, match="there is no value"):
        read(plain(text))


@pytest.mark.parametrize("text", ["null", "~", "42", "yes", "1.5", "0x10", "12:30", ".inf"])
def test_quotes_make_text_of_anything(text: str) -> None:
    """And nothing but quotes does."""
    assert scalars.parse_text(quoted(text)) == text
    with pytest.raises(ValueError, match=r"put it in quotes|no value"):
        scalars.parse_text(plain(text))


def test_a_block_becomes_one_line() -> None:
    """Reports show reasons in a line."""
    assert scalars.parse_text(quoted("a long\nstory,\n\n  told\n")) == "a long story, told"


@given(st.sampled_from(PARSERS), st.builds(Scalar, hostile_text(), st.just(Place(1, 1)), is_quoted=st.booleans()))
def test_no_text_raises_anything_else(read: Callable[[Scalar], object], node: Scalar) -> None:
    """A reader gives a value or a ValueError with a short sentence that does nothing to a terminal."""
    message = ""
    try:
        read(node)
    except ValueError as error:
        message = str(error)
    assert message.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert len(message) < 300
