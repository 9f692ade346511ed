"""Dates as the platform writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,20})?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII | re.IGNORECASE
)


class NonsenseDateError(ValueError):
    """It is not a date with a time."""


def parse_moment(text: str) -> datetime | None:
    """The moment in UTC; a date without a zone is read as UTC.

    None for a moment of the year 1, which is how .NET writes that there is none. Raises `NonsenseDateError`.
    """
    if not _ISO.fullmatch(text):
        raise NonsenseDateError
    try:
        moment = datetime.fromisoformat(text.upper())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return None if moment.year == 1 else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NonsenseDateError from None


def moment_or_none(text: str | None) -> datetime | None:
    """The same, with None for nonsense too. Quick for the usual form, since a listing holds many."""
    if text is None:
        return None
    try:
        if text[4] == "-" and text[5] != "W" and text[10] == "T" and text[13] == ":" and text[-1] == "Z":
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is UTC and moment.year > 1 and len(text) < 40:
                return moment
        return parse_moment(text)
    except (ValueError, IndexError):
        return None


def has_zone(text: str) -> bool:
    """Whether a date that `parse_moment` takes says its zone."""
    return text[-1:] in "Zz" or "+" in text or text.count("-") > 2
