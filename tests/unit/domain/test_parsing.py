"""Numbers, durations and dates read strictly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.parsing import (
    HIGHEST_ID,
    parse_category,
    parse_date,
    parse_duration,
    parse_id,
    parse_ids,
    parse_integer,
    parse_number,
    parse_probes,
    parse_soft_fail,
    parse_text,
    render_duration,
    render_number,
    split_list,
)


def read_score(text: str) -> Decimal:
    return parse_number(text, 0, 100)


@pytest.mark.parametrize(
    ("text", "value"), [("0", "0"), ("80", "80"), ("79.5", "79.5"), ("100", "100"), ("0.1", "0.1")]
)
def test_a_plain_number_is_read_exactly(text: str, value: str) -> None:
    """As it was written, not as a binary fraction."""
    assert read_score(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("880", "880 is not between 0 and 100"),
        ("-1", "-1 is not between 0 and 100"),
        ("100.000000001", "100.000000001 is not between 0 and 100"),
        ("9" * 40, "is not between 0 and 100"),
        ("1e3", "1e3 is not a plain number"),
        ("NaN", "NaN is not a plain number"),
        ("inf", "inf is not a plain number"),
        ("1_0", "1_0 is not a plain number"),
        ("٨٠", "٨٠ is not a plain number"),
        ("8０", "is not a plain number"),
        ("0x50", "0x50 is not a plain number"),
        ("80%", "80% is not a plain number; write it without the percent sign"),
        ("79,5", "79,5 is not a plain number; write a decimal point, not a comma"),
        ("080", "080 is not a plain number; write it without the leading zero"),
        ("+80", "+80 is not a plain number"),
        (".5", ".5 is not a plain number"),
        ("80.", "80. is not a plain number"),
        ("8 0", "8 0 is not a plain number"),
        ("80\n", "is not a plain number"),
    ],
)
def test_what_only_looks_like_a_number_is_refused(text: str, says: str) -> None:
    """Python would read most of these; a gate must not guess."""
    with pytest.raises(ValueError, match=r".") as refused:
        read_score(text)
    assert says in str(refused.value)


def test_open_ends_are_not_part_of_the_range() -> None:
    """A confidence of 100 percent would let everything off."""
    assert parse_number("99.9", 0, 100, open_ends=True) == Decimal("99.9")
    for text in ("0", "100", "0.0", "100.0"):
        with pytest.raises(ValueError, match="is not above 0 and below 100"):
            parse_number(text, 0, 100, open_ends=True)


@pytest.mark.parametrize("text", ["0", "-1", str(HIGHEST_ID + 1), "9" * 30, "1.0", "1e3", "01", "٣", "", "1_0", "a"])
def test_an_id_is_a_plain_int32_from_one(text: str) -> None:
    """The platform's ids are."""
    with pytest.raises(ValueError, match=r"is not"):
        parse_id(text)


def test_the_highest_id_is_an_id() -> None:
    """The bound is the platform's, not ours."""
    assert parse_id(str(HIGHEST_ID)) == HIGHEST_ID
    assert parse_id("1") == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("7d", 604_800),
        ("45", 45),
        ("0.1s", 0.1),
        ("1h30m", 5400),
        ("1d2h3m4s", 93_784),
        ("0s", 0),
        ("1.5h", 5400),
    ],
)
def test_a_time_is_a_number_with_a_unit_or_of_seconds(text: str, seconds: float) -> None:
    """The units that people of CI systems write."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "s", "5 s", "5sec", "10M", "1m1m", "30s1h", "-5s", "1:30", "5s ", "1e3s", "∞", "5µs", "01s", "1.s"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """With how to write one."""
    with pytest.raises(ValueError, match=r"is not a time; write it like 90s, 10m, 2h or 1h30m"):
        parse_duration(text)


def test_a_time_is_bounded() -> None:
    """Longer than ten years is a slip, and would overflow."""
    for text in ("999999999999d", "4000d", "999999999999h999999999999m"):
        with pytest.raises(ValueError, match="is longer than ten years"):
            parse_duration(text)
    with pytest.raises(ValueError, match="is too short: at least 1m"):
        parse_duration("59s", least=timedelta(minutes=1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2027-1-31", "is not a date; write it like 2027-01-31"),
        ("31.01.2027", "is not a date"),
        ("2027-01-31T00:00:00Z", "is not a date"),
        ("2027-02-30", "is not a day in the calendar"),
        ("0000-01-01", "is not a day in the calendar"),
    ],
)
def test_a_date_has_one_form(text: str, says: str) -> None:
    """Day and month are never confused."""
    with pytest.raises(ValueError, match=says):
        parse_date(text)


@given(st.dates())
def test_a_date_comes_back(day: date) -> None:
    """What `isoformat` writes is read as the same day."""
    assert parse_date(day.isoformat()) == day


@given(st.decimals(0, 100, places=3))
def test_a_number_comes_back(number: Decimal) -> None:
    """What is written is read as the same number."""
    assert read_score(render_number(number)) == number


@given(st.timedeltas(timedelta(0), timedelta(days=3000)))
def test_a_time_comes_back(duration: timedelta) -> None:
    """What is written is read as the same time, to the microsecond."""
    assert parse_duration(render_duration(duration)) == duration


@given(
    st.sampled_from(
        [
            read_score,
            parse_id,
            parse_duration,
            parse_date,
            lambda text: parse_integer(text, 0),
            parse_ids,
            parse_probes,
            parse_soft_fail,
            parse_text,
            parse_category,
            split_list,
        ]
    ),
    st.text() | st.from_regex(r"[0-9dhms.:eE+_-]{0,20}", fullmatch=True),
)
def test_no_text_raises_anything_else(read: Callable[[str], object], text: str) -> None:
    """A reader gives a value or a ValueError with a short sentence that does nothing to a terminal."""
    message = refusal(read, text)
    assert message.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert len(message) < 400


def refusal(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except ValueError as error:
        return str(error)
    return ""
