"""Dates as the platform writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.dates import has_zone
from probe_gate.probe_api.moments import NonsenseDateError, moment_or_none, parse_moment

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T12:00:00", NOON),
        ("2026-03-01t12:00:00z", NOON),
        ("2026-03-01 12:00", NOON),
        ("2026-03-01T14:00:00+02:00", NOON),
        ("2026-03-01T07:00:00-0500", NOON),
        ("2026-03-01T12:00:00.1234567Z", NOON + timedelta(microseconds=123456)),
        ("2026-03-01T12:00:00,5", NOON + timedelta(milliseconds=500)),
        ("2026-03-01", NOON - timedelta(hours=12)),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+05:00", None),
    ],
)
def test_a_moment_is_read_in_utc(text: str, moment: datetime | None) -> None:
    """Without a zone it is UTC; the year 1 is how .NET says that there is none."""
    assert parse_moment(text) == moment
    assert moment_or_none(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-03", "20260301T120000Z", "2026-W09-7T12:00:00Z", "2026-13-01T12:00:00Z",
     "2026-03-01T12:00:60Z", "2026-03-01T1200Z", "2026-03-01T12:00:00Zulu", "9999-12-31T23:59:59-05:00",
     "٢٠٢٦-03-01T12:00:00Z", "1772366400"],
)  # fmt: skip
def test_nonsense_is_no_moment(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(NonsenseDateError):
        parse_moment(text)
    assert moment_or_none(text) is None


@given(st.datetimes(timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))))
def test_every_moment_survives(moment: datetime) -> None:
    """Whatever its zone."""
    if moment.year <= 1970 or moment > datetime(9999, 12, 30, tzinfo=UTC):
        return
    assert parse_moment(moment.isoformat()) == moment
    read = parse_moment(moment.isoformat())
    assert read is not None
    assert has_zone(read)
    read = parse_moment(moment.replace(tzinfo=None).isoformat())
    assert read is not None
    assert not has_zone(read)


@given(
    st.text(max_size=30) | st.from_regex(r"\d{4}-[\dW]{1,3}-\d{1,2}T\d\d:?\d\d(:\d\d)?(\.\d{0,9})?Z?", fullmatch=True)
)
def test_the_quick_way_agrees_with_the_careful_one(text: str) -> None:
    """The quick one is for listings of a hundred thousand dates."""
    try:
        careful = parse_moment(text)
    except NonsenseDateError:
        careful = None
    assert moment_or_none(text) == careful
