"""Parsers of YAML scalars, one for each expected type of value.

YAML versions interpret some plain text differently (`yes`, `080`, `1:20`), so ambiguous values are rejected. Every parser
raises `ValueError` with the reason.
"""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from decimal import Decimal

from probe_gate.domain import parsing
from probe_gate.domain.parsing import quoted
from probe_gate.files.located_yaml import Scalar

MAX_TEXT_LENGTH = 500
MAX_DIGITS = 20

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
_YAML_1_1_BOOLEAN = re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)
"""Words that are true or false in YAML 1.1 and text in YAML 1.2."""

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER_TRAPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[+-]?\.?(inf|nan|infinity)", re.IGNORECASE), "is not a number that a limit can be"),
    (re.compile(r"[+-]?[0-9.]+e[+-]?[0-9]+", re.IGNORECASE), "is written with an exponent; write the number out"),
    (re.compile(r"0[0-9_]+"), "begins with a zero, which YAML may read as octal; write it without"),
    (re.compile(r"0[xob][0-9a-f_]+", re.IGNORECASE), "is not written in decimal digits"),
    (re.compile(r"[+-]?[0-9]+(:[0-9]+)+(\.[0-9]*)?"), "is a base 60 number in YAML; write it in decimal digits"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"), "is a date in YAML, but a number is expected"),
    (re.compile(r"[+-]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "has underscores in it; write the digits only"),
    (re.compile(r"\+[0-9.]+"), "has a plus sign; write the digits only"),
)
_LOOKS_LIKE_NUMBER = re.compile(r"[+-]?(\.?[0-9][0-9_.:]*(e[+-]?[0-9]+)?|0[xob][0-9a-f_]+|\.(inf|nan))", re.IGNORECASE)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


def is_null(scalar: Scalar) -> bool:
    """Return whether the scalar is empty, `~` or `null`, without quotes."""
    return not scalar.is_quoted and scalar in _NULL


def parse_number(scalar: Scalar, low: int, high: int, *, open_ends: bool = False) -> Decimal:
    """Return a number from `low` to `high`, excluding both with `open_ends`."""
    return parsing.parse_number(_number_text(scalar), low, high, open_ends=open_ends)


def parse_min_score(scalar: Scalar) -> Decimal:
    """Return a minimum score: 0, or a number from 1 to 100."""
    return parsing.parse_min_score(_number_text(scalar))


def parse_integer(scalar: Scalar, low: int, high: int) -> int:
    """Return an integer from `low` to `high`."""
    return parsing.parse_integer(_number_text(scalar), low, high)


def parse_boolean(scalar: Scalar) -> bool:
    """Return a boolean. The other words that YAML 1.1 has for it are rejected."""
    text = _unquoted(scalar, "true or false")
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _YAML_1_1_BOOLEAN.fullmatch(text):
        raise ValueError(f"{text} is a boolean in YAML 1.1 and text in YAML 1.2; write true or false")
    raise ValueError(f"{quoted(text)} is not true or false")


def parse_duration(scalar: Scalar) -> timedelta:
    """Return a duration longer than zero."""
    text = _present(scalar)
    if not scalar.is_quoted and re.fullmatch(r"[0-9]+(:[0-9]+)+", text):
        raise ValueError(f"{quoted(text)} is a base 60 number in YAML; write it like 90s, 10m, 2h or 1h30m")
    length = parsing.parse_duration(text)
    if length <= timedelta(0):
        raise ValueError(f"{quoted(text)} must be longer than zero, such as 24h")
    return length


def parse_day(scalar: Scalar) -> date:
    return parsing.parse_date(_present(scalar))


def parse_text(scalar: Scalar) -> str:
    """Return one line of text; a block of several lines becomes one."""
    word = _present(scalar)
    if not scalar.is_quoted and (
        word in _TRUE | _FALSE or _YAML_1_1_BOOLEAN.fullmatch(word) or _LOOKS_LIKE_NUMBER.fullmatch(word)
    ):
        raise ValueError(f'{quoted(word)} is not text in YAML; put it in quotes: "{quoted(word)}"')
    line = " ".join(word.split())
    if not line:
        raise ValueError("there is no text")
    if not line.isprintable() or _BIDI.search(line):
        raise ValueError("it contains a control character")
    if len(line) > MAX_TEXT_LENGTH:
        raise ValueError(f"it has {len(line)} characters; at most {MAX_TEXT_LENGTH} are allowed")
    return line


def parse_json_value(scalar: Scalar) -> str | int | float | bool | None:
    """Return the text as a JSON value, for fields of the platform without a fixed type."""
    text = str(scalar)
    if scalar.is_quoted:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _LEADING_ZERO.fullmatch(text):
        raise ValueError(f"{quoted(text)} begins with a zero; put it in quotes if it is text, or leave the zero out")
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a finite number")
    if _INTEGER.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise ValueError(f"{quoted(text)} has too many digits for a number; put it in quotes if it is text")
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{quoted(text)} is not a finite number")
        return number
    return text


def _present(scalar: Scalar) -> str:
    if is_null(scalar):
        raise ValueError("there is no value")
    return str(scalar)


def _unquoted(scalar: Scalar, what: str) -> str:
    text = _present(scalar)
    if scalar.is_quoted:
        raise ValueError(f"{quoted(text)} is text because it is quoted; write {what} without quotes")
    return text


def _number_text(scalar: Scalar) -> str:
    text = _unquoted(scalar, "a number")
    if text in _TRUE | _FALSE or _YAML_1_1_BOOLEAN.fullmatch(text):
        raise ValueError(f"{text} is a boolean in YAML, but a number is expected")
    for pattern, why in _NUMBER_TRAPS:
        if pattern.fullmatch(text):
            raise ValueError(f"{quoted(text)} {why}")
    return text
