"""Numbers as people read them, exact enough never to say "80 is below 80"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

Number = int | float | Decimal

MAX_DIGITS = 12
MAX_EXACT_DIGITS = 9
"""Behind the point: a limit has no more, and a number with more than these came out of a division."""


def exact(value: Number) -> Decimal:
    """Return the number as a decimal, as it was written: a float by its shortest text, not by its binary value."""
    return value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)


def format_number(value: Number, beside: Number | None = None) -> str:
    """Return the number with at most one digit behind the point, or with as many as show that it differs from `beside`."""
    number = exact(value)
    if not number.is_finite():
        return str(value)
    other = None if beside is None else exact(beside)
    for digits in range(1, MAX_DIGITS + 1):
        text = _rounded(number, digits)
        if other is None or number == other or text != _rounded(other, digits):
            return text
    return format(number.normalize(), "f")


def format_exact(value: Number, beside: Number | None = None) -> str:
    """Return a score, a limit or a difference with all its digits, since somebody will compare it with another number.

    A number with more than `MAX_EXACT_DIGITS` digits behind the point, such as an average, is rounded like
    `format_number`.
    """
    number = exact(value)
    if not number.is_finite() or -int(number.normalize().as_tuple().exponent) > MAX_EXACT_DIGITS:
        return format_number(value, beside)
    text = format(number.normalize(), "f")
    return "0" if text == "-0" else text


def format_difference(one: Number, other: Number) -> str:
    """How far the two are apart, in the digits that `format_exact` shows them with; never 0 where they differ."""
    return format_exact(abs(exact(one) - exact(other)), 0)


def _rounded(number: Decimal, digits: int) -> str:
    text = format(number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN), "f").rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def format_rate(part: int, whole: int, beside: Number | None = None) -> str:
    """`3.2 % (4 of 125)`; the whole must not be zero."""
    return f"{format_number(percent(part, whole), beside)} % ({part} of {whole})"


def percent(part: int, whole: int) -> Decimal:
    """Return the share in percent; the whole must not be zero."""
    return Decimal(part) * 100 / Decimal(whole)


def format_duration(duration: timedelta | float) -> str:
    """`45 s`, `8 min 20 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. Seconds when it is a number."""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    whole = max(int(seconds + 0.5), 0)
    if 0 < seconds < 10 and abs(seconds - whole) > 0.04:
        return f"{format_number(Decimal(repr(round(float(seconds), 1))))} s"
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    for index, (size, name) in enumerate(units):
        if whole >= size or size == 1:
            first, rest = divmod(whole, size)
            text = f"{first} {name}"
            if index + 1 < len(units):
                small, small_name = units[index + 1]
                if rest // small:
                    text += f" {rest // small} {small_name}"
            return text
    return "0 s"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def few(items: Sequence[object], most: int) -> str:
    """Return the items with commas, at most so many of them: `a, b and 3 more`."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(map(str, items[:most])) + more
