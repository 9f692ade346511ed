"""A scalar of YAML read as the one thing that it should be. YAML's own guesses are named, not followed.

Each reader raises `ValueError` with what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from probe_gate.domain.parsing import read_date, read_duration, read_min_score, read_number, read_whole, shown
from probe_gate.yaml_text.tree import Scalar

LONGEST_TEXT = 500

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
_NORWAY = re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)
"""Words that are true or false to one YAML and text to another."""

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER_TRAPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[+-]?\.?(inf|nan|infinity)", re.IGNORECASE), "is no number that a limit can be"),
    (re.compile(r"[+-]?[0-9.]+e[+-]?[0-9]+", re.IGNORECASE), "is written with an exponent; write the number out"),
    (re.compile(r"0[0-9_]+"), "begins with a zero, which YAML can take for an octal number; write it without"),
    (re.compile(r"0[xob][0-9a-f_]+", re.IGNORECASE), "is not written in decimal digits"),
    (re.compile(r"[+-]?[0-9]+(:[0-9]+)+(\.[0-9]*)?"), "is a number to base 60 for YAML; write it in decimal digits"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"), "is a date for YAML, and a number belongs here"),
    (re.compile(r"[+-]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "has underscores in it; write the digits only"),
    (re.compile(r"\+[0-9.]+"), "has a plus sign; write the digits only"),
)
_LOOKS_LIKE_NUMBER = re.compile(r"[+-]?(\.?[0-9][0-9_.:]*(e[+-]?[0-9]+)?|0[xob][0-9a-f_]+|\.(inf|nan))", re.IGNORECASE)


def is_null(node: Scalar) -> bool:
    """Whether the scalar is nothing: no text, `~` or `null`."""
    return not node.is_quoted and node.text in _NULL


def _plain(node: Scalar, what: str) -> str:
    if is_null(node):
        raise ValueError("there is no value")
    if node.is_quoted:
        raise ValueError(f"{shown(node.text)} is text because of its quotes; write {what} without them")
    return node.text


def _number_text(node: Scalar) -> str:
    text = _plain(node, "a number")
    if text in _TRUE | _FALSE or _NORWAY.fullmatch(text):
        raise ValueError(f"{text} is true or false for YAML, and a number belongs here")
    for pattern, why in _NUMBER_TRAPS:
        if pattern.fullmatch(text):
            raise ValueError(f"{shown(text)} {why}")
    return text


def number(low: int, high: int, *, open_ends: bool = False) -> Callable[[Scalar], Decimal]:
    """Reads a number between the two."""
    return lambda node: read_number(_number_text(node), low, high, open_ends=open_ends)


def min_score(node: Scalar) -> Decimal:
    """Reads a minimum score."""
    return read_min_score(_number_text(node))


def whole(low: int, high: int) -> Callable[[Scalar], int]:
    """Reads a whole number between the two."""
    return lambda node: read_whole(_number_text(node), low, high)


def boolean(node: Scalar) -> bool:
    text = _plain(node, "true or false")
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NORWAY.fullmatch(text):
        raise ValueError(f"{text} is true or false to one YAML and text to another; write true or false")
    raise ValueError(f"{shown(text)} is not true or false")


def duration(node: Scalar) -> timedelta:
    if is_null(node):
        raise ValueError("there is no value")
    text = node.text if node.is_quoted else _duration_text(node)
    length = read_duration(text)
    if length <= timedelta(0):
        raise ValueError(f"{shown(text)} is no time at all; write it like 24h")
    return length


def _duration_text(node: Scalar) -> str:
    if re.fullmatch(r"[0-9]+(:[0-9]+)+", node.text):
        raise ValueError(f"{shown(node.text)} is a number to base 60 for YAML; write it like 90s, 10m, 2h or 1h30m")
    return node.text


def day(node: Scalar) -> date:
    if is_null(node):
        raise ValueError("there is no value")
    return read_date(node.text)


def text(node: Scalar) -> str:
    """One line of text. A block of several lines becomes one."""
    if is_null(node):
        raise ValueError("there is no value")
    if not node.is_quoted:
        word = node.text
        if word in _TRUE | _FALSE or _NORWAY.fullmatch(word) or _LOOKS_LIKE_NUMBER.fullmatch(word):
            raise ValueError(f'{shown(word)} is not text for YAML; put it in quotes: "{shown(word)}"')
    line = " ".join(node.text.split())
    if not line:
        raise ValueError("there is no text")
    if not line.isprintable() or _BIDI.search(line):
        raise ValueError("it holds a control character")
    if len(line) > LONGEST_TEXT:
        raise ValueError(f"it has {len(line)} characters; at most {LONGEST_TEXT} are taken")
    return line
