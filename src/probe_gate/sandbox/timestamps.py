"""Render the platform's timestamps, at any precision and with or without a time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

PRECISIONS = ("7", "us", "ms", "s", "s-rounded", "min", "day", "date")
"""Seven digits, microseconds, milliseconds; seconds, minutes and days are truncated; `date` has no time."""

_ZONE = re.compile(r"Z|none|(?P<local>local)?(?P<offset>[+-](?:0\d|1[0-4]):[0-5]\d)|local")
_LOCAL_OFFSET = timedelta(hours=2)
_TIMESPEC = {"7": "microseconds", "us": "microseconds", "ms": "milliseconds"}


def is_zone(text: str) -> bool:
    """Return whether `text` names a way to write the time zone: `Z`, `+02:00`, `none`, `local` or `local-05:00`."""
    return _ZONE.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _zone(text: str) -> tuple[timedelta, str]:
    """Return the offset from UTC and the suffix after the time."""
    match = _ZONE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time zone")
    offset = timedelta(0)
    if match["offset"]:
        hours, minutes = match["offset"][1:].split(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if match["offset"][0] == "-" else 1)
    elif text == "local":
        offset = _LOCAL_OFFSET
    suffix = "" if text.startswith(("none", "local")) else text
    return offset, suffix


def render_timestamp(epoch_seconds: float, precision: str = "ms", zone: str = "Z") -> str:
    """Return the timestamp in that precision and zone, such as `2026-11-24T06:04:51.120Z`."""
    offset, suffix = _zone(zone)
    local_time = datetime.fromtimestamp(epoch_seconds, UTC).replace(tzinfo=None) + offset
    if precision == "date":
        return local_time.date().isoformat()
    if precision in _TIMESPEC:
        extra = str(int(epoch_seconds * 10_000_000) % 10) if precision == "7" else ""
        return local_time.isoformat(timespec=_TIMESPEC[precision]) + extra + suffix
    if precision == "s-rounded":
        local_time += timedelta(milliseconds=500)
    elif precision == "min":
        local_time = local_time.replace(second=0)
    elif precision == "day":
        local_time = local_time.replace(hour=0, minute=0, second=0)
    return local_time.isoformat(timespec="seconds") + suffix
