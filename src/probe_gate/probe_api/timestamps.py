"""Dates as the platform writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from probe_gate.domain.dates import NO_ZONE

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,20})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII | re.IGNORECASE
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_timestamp(text: str) -> datetime | None:
    """Return the date with the offset that it was written with, or with `NO_ZONE`; without a time it is its midnight.

    None for a date of the year 1, which is how .NET writes that there is none, and for the Unix epoch.

    Raises:
        ValueError: The text is not a date.
    """
    if not _ISO.fullmatch(text):
        raise ValueError("not a date")
    timestamp = datetime.fromisoformat(text.upper())
    if timestamp.year == 1:
        return None
    timestamp = timestamp.replace(tzinfo=NO_ZONE) if timestamp.tzinfo is None else timestamp
    try:
        return None if timestamp.astimezone(UTC) == _EPOCH else timestamp
    except OverflowError:
        raise ValueError("not a date") from None


def timestamp_or_none(value: object) -> datetime | None:
    """Return what `parse_timestamp` does, or None for what is not a date, quickly for the usual form."""
    if not isinstance(value, str):
        return None
    try:
        if value[10:11] == "T" and value[13:14] == ":" and value[5] != "W" and value[-1] == "Z" and len(value) < 40:
            timestamp = datetime.fromisoformat(value)
            if timestamp.year > 1970:
                return timestamp
        return parse_timestamp(value)
    except ValueError:
        return None
