"""Dates as the platform writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from probe_gate.domain.dates import NO_ZONE

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,20})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII | re.IGNORECASE
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NonsenseDateError(ValueError):
    """It is not a date."""


def parse_moment(text: str) -> datetime | None:
    """Return the date with the offset that it was written with, or with `NO_ZONE`; a date without a time is its midnight.

    None for a date of the year 1, which is how .NET writes that there is none, and for the Unix epoch.

    Raises:
        NonsenseDateError: The text is not a date.
    """
    if not _ISO.fullmatch(text):
        raise NonsenseDateError
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.year == 1:
            return None
        moment = moment.replace(tzinfo=NO_ZONE) if moment.tzinfo is None else moment
        return None if moment.astimezone(UTC) == _EPOCH else moment
    except (ValueError, OverflowError):
        raise NonsenseDateError from None


def moment_or_none(text: str | None) -> datetime | None:
    """The same, with None for nonsense too. Quick for the usual form, since a listing holds many."""
    if text is None:
        return None
    try:
        if text[4] == "-" and text[5] != "W" and text[10:11] == "T" and text[13:14] == ":" and text[-1] == "Z":
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is UTC and moment.year > 1970 and len(text) < 40:
                return moment
        return parse_moment(text)
    except (ValueError, IndexError):
        return None
