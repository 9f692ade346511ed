"""Dates as the platform writes them: how precise they are, and how far two of them can be compared.

The API description does not say what a date means, how precise it is, or in which zone one without a zone is. All of
that is read off the value itself, so a date stays a `datetime` with the offset that it was written with.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

NO_ZONE = timezone(timedelta(0), "no zone")
"""Marks a date that was written without a zone. It counts as UTC, but may be some local time."""

ROUNDING = timedelta(seconds=2)
"""How far two dates of the same event may differ: two rows written one after the other, or two machines' clocks."""
MAX_OFFSET = timedelta(hours=14)
"""The largest offset from UTC that any place has."""
DAY = timedelta(days=1)


def has_zone(date: datetime) -> bool:
    """Return whether the date was written with its zone."""
    return date.tzname() != NO_ZONE.tzname(None)


def precision_of(date: datetime) -> timedelta:
    """Return the unit that the date is a whole number of: a day, a minute, a second, a millisecond or a microsecond.

    A platform that cuts its dates to whole minutes may still print seconds, so the value tells and not the text. A
    precise date that happens to be a round one is taken for a coarse one, which only makes it prove less.
    """
    if any((one.hour, one.minute, one.second, one.microsecond) == (0, 0, 0, 0) for one in (date, date.astimezone(UTC))):
        return DAY
    if date.microsecond:
        return timedelta(microseconds=1 if date.microsecond % 1000 else 1000)
    return timedelta(seconds=1) if date.second else timedelta(minutes=1)


def dates_agree(one: datetime | None, other: datetime | None) -> bool:
    """Return whether two dates may be of the same moment, at the coarser precision; never for dates by the day."""
    if one is None or other is None:
        return False
    precision = max(precision_of(one), precision_of(other))
    return precision < DAY and abs(one - other) <= precision + ROUNDING


def is_at_least_before(one: datetime, other: datetime, span: timedelta, *, same_field: bool = False) -> bool:
    """Return whether `one` is at least `span` before `other`, whatever their precision and zones.

    `same_field`: whether both were written by the platform in the same field, so that a missing zone is the same one.
    """
    margin = precision_of(one) + precision_of(other) + ROUNDING
    if not same_field and not (has_zone(one) and has_zone(other)):
        margin += MAX_OFFSET
    return other - one >= span + margin


def is_not_before(one: datetime, other: datetime) -> bool:
    """Return whether `one` is known to be no earlier than `other`, of another field of the same platform."""
    precision = max(precision_of(one), precision_of(other))
    return has_zone(one) and has_zone(other) and precision < DAY and one >= other - ROUNDING


def is_clearly_later(one: datetime, other: datetime) -> bool:
    """Return whether `one` is later than `other` by more than their precision; both are of the same field."""
    return one - other > max(precision_of(one), precision_of(other)) + ROUNDING


def is_in_future(date: datetime, now: datetime) -> bool:
    """Return whether no run can have that date: it is later than now, in whatever zone it may be."""
    return date > now + (timedelta() if has_zone(date) else MAX_OFFSET)


def format_timestamp(date: datetime) -> str:
    """Return the date as `2026-11-24 06:04:51 UTC`."""
    return f"{date.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
