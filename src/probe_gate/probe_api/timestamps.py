"""Parse the platform's timestamps."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from probe_gate.domain.dates import NO_ZONE

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,20})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII | re.IGNORECASE
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_timestamp(text: str) -> datetime | None:
    """Return the timestamp with its own UTC offset, or with `NO_ZONE` if it has none. A date alone means midnight.

    None for year 1, which is .NET's default value, and for the Unix epoch: both mean that there is no date.

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
    """Return what `parse_timestamp` does, or None if it is not a date. Fast for the usual form."""
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
