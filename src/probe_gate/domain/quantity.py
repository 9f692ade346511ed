"""Text to numbers, durations and dates, strictly: what looks like two things is refused.

Each reader takes text without outer blanks and raises `ValueError` with what is wrong with it, to be put
behind the name of the option or the place in the file.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from probe_gate.domain.plain_text import plain_line

HIGHEST_ID = 2**31 - 1
"""The platform's ids are int32."""

LONGEST_DURATION = timedelta(days=3660)

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?", re.ASCII)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,11}", re.ASCII)
_ANY_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"((?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?)([dhms])", re.ASCII)


def shown(text: str) -> str:
    """A wrong value as a message may show it: one harmless line, not long."""
    return plain_line(text, 60) or "(blank)"


def read_number(text: str, low: int, high: int, *, open_ends: bool = False) -> Decimal:
    """A plain decimal number between the two, or strictly between them with `open_ends`."""
    between = f"above {low} and below {high}" if open_ends else f"between {low} and {high}"
    if not _DECIMAL.fullmatch(text):
        if _ANY_NUMBER.fullmatch(text):
            raise ValueError(f"{shown(text)} is not {between}, with at most 9 digits behind the point")
        raise ValueError(f"{shown(text)} is not a plain number{_number_hint(text)}")
    number = Decimal(text)
    if not low <= number <= high or (open_ends and number in (low, high)):
        raise ValueError(f"{shown(text)} is not {between}")
    return number


def read_min_score(text: str) -> Decimal:
    """A minimum score, 0 to 100. One between 0 and 1 is refused: it is a share that was meant as a percentage."""
    score = read_number(text, 0, 100)
    if 0 < score < 1:
        meant = score * 100
        hint = f"; did you mean {meant.normalize():f}?" if meant >= 1 else ""
        raise ValueError(f"{shown(text)} is less than one point, and scores go from 0 to 100{hint}")
    return score


def _number_hint(text: str) -> str:
    if text.endswith("%"):
        return "; write it without the percent sign"
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        return "; write a point, not a comma"
    if re.fullmatch(r"0[0-9]+(\.[0-9]+)?", text):
        return "; write it without the leading zero"
    return ", such as 80 or 2.5"


def read_whole(text: str, low: int, high: int = HIGHEST_ID) -> int:
    """A whole number between the two."""
    if not _WHOLE.fullmatch(text):
        if re.fullmatch(r"-[0-9]{1,12}", text) or re.fullmatch(r"[1-9][0-9]*", text):
            raise ValueError(f"{shown(text)} is not between {low} and {high}")
        hint = "; write it without the leading zero" if re.fullmatch(r"0[0-9]+", text) else ""
        raise ValueError(f"{shown(text)} is not a whole number{hint}")
    number = int(text)
    if not low <= number <= high:
        raise ValueError(f"{shown(text)} is not between {low} and {high}")
    return number


def read_id(text: str) -> int:
    """An id of the platform: a whole number from 1."""
    return read_whole(text, 1)


def read_duration(text: str, *, least: timedelta = timedelta(0)) -> timedelta:
    """`90s`, `10m`, `2h`, `7d`, `1h30m`, or a number of seconds."""
    seconds = Decimal(text) if _DECIMAL.fullmatch(text) else _sum_of_parts(text)
    if seconds > int(LONGEST_DURATION.total_seconds()):
        raise ValueError(f"{shown(text)} is longer than ten years")
    duration = timedelta(microseconds=int(seconds * 1_000_000))
    if duration < least:
        raise ValueError(f"{shown(text)} is too short: at least {write_duration(least)}")
    return duration


def _sum_of_parts(text: str) -> Decimal:
    total, units, position = Decimal(0), "", 0
    for part in _PART.finditer(text):
        if part.start() != position:
            break
        position = part.end()
        total += Decimal(part[1]) * _UNITS[part[2]]
        units += part[2]
    in_order = units == "".join(unit for unit in _UNITS if unit in units)
    if not units or position != len(text) or not in_order:
        raise ValueError(f"{shown(text)} is not a time; write it like 90s, 10m, 2h or 1h30m")
    return total


def write_duration(duration: timedelta) -> str:
    """The shortest text that `read_duration` reads back as the same: `2h`, `90s`, `1h30m`, `0.5s`."""
    seconds = duration // timedelta(seconds=1)
    fraction = Decimal(duration % timedelta(seconds=1) // timedelta(microseconds=1)) / 1_000_000
    parts = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        if unit == "s" and fraction:
            parts.append(f"{(count + fraction).normalize():f}s")
        elif count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def read_date(text: str) -> date:
    """A day as `2027-01-31`."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a date; write it like 2027-01-31")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError(f"{shown(text)} is not a day of the calendar") from None


def write_number(number: Decimal) -> str:
    """The shortest plain text that `read_number` reads back as the same."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
