"""Dates as the platform writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.dates import has_zone
from probe_gate.probe_api.timestamps import parse_timestamp, timestamp_or_none

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "timestamp"),
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
def test_a_date_without_a_zone_counts_as_utc(text: str, timestamp: datetime | None) -> None:
    """The year 1 is how .NET says that there is none."""
    assert parse_timestamp(text) == timestamp
    assert timestamp_or_none(text) == timestamp


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-03", "20260301T120000Z", "2026-W09-7T12:00:00Z", "2026-13-01T12:00:00Z",
     "2026-03-01T12:00:60Z", "2026-03-01T1200Z", "2026-03-01T12:00:00Zulu", "9999-12-31T23:59:59-05:00",
     "٢٠٢٦-03-01T12:00:00Z", "1772366400"],
)  # fmt: skip
def test_what_is_not_a_date_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"not a date|isoformat|must be in"):
        parse_timestamp(text)
    assert timestamp_or_none(text) is None


@given(st.datetimes(timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))))
def test_every_timestamp_keeps_its_value(timestamp: datetime) -> None:
    """Whatever its zone."""
    if timestamp.year <= 1970 or timestamp > datetime(9999, 12, 30, tzinfo=UTC):
        return
    assert parse_timestamp(timestamp.isoformat()) == timestamp
    read = parse_timestamp(timestamp.isoformat())
    assert read is not None
    assert has_zone(read)
    read = parse_timestamp(timestamp.replace(tzinfo=None).isoformat())
    assert read is not None
    assert not has_zone(read)


@given(
    st.text(max_size=30) | st.from_regex(r"\d{4}-[\dW]{1,3}-\d{1,2}T\d\d:?\d\d(:\d\d)?(\.\d{0,9})?Z?", fullmatch=True)
)
def test_the_quick_way_agrees_with_the_careful_one(text: str) -> None:
    """The quick one is for listings of a hundred thousand dates."""
    try:
        careful = parse_timestamp(text)
    except ValueError:
        careful = None
    assert timestamp_or_none(text) == careful
