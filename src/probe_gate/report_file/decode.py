"""Plain JSON values as a verdict: every field there, and of the kind that the code says it is.

The kinds are those of the dataclasses themselves, so that the document and the code cannot drift apart.
A key that is not known is passed over: a later version may have added it.
"""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from typing import Any, NoReturn

from probe_gate.domain.dates import NO_ZONE
from probe_gate.domain.evidence import Missing
from probe_gate.domain.policy import Limit, Origin
from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.report_file.encode import LONGEST_TEXT, without_lone_surrogates
from probe_gate.report_file.keys import ADDED_LATER, MISSING_KEY, keys_of

_LARGEST_INT = 2**63
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?(E[+-]?[0-9]{1,2})?")
_PART = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


class DecodeError(Exception):
    """A value that is not what belongs in its place."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path} {problem}")
        self.path = path
        self.problem = problem


def decode_verdict(document: Mapping[str, Any]) -> Verdict:
    """The verdict that a document holds. Raises `DecodeError`, which names the place."""
    verdict = _decode(Verdict, document, "")
    assert isinstance(verdict, Verdict)  # noqa: S101 - for the type checker
    return verdict


def _decode(kind: Any, value: Any, path: str) -> Any:
    return _decoder_of(kind)(value, path)


@cache
def _decoder_of(kind: Any) -> Callable[[Any, str], Any]:
    """How values of a kind are read: found out once for each kind, of which a report holds thousands of values."""
    origin = typing.get_origin(kind)
    if origin is types.UnionType or origin is typing.Union:
        return partial(_decode_union, typing.get_args(kind))
    if origin is tuple:
        return partial(_decode_tuple, typing.get_args(kind))
    if origin is frozenset:
        return partial(_decode_set, typing.get_args(kind)[0])
    if origin is not None and issubclass(origin, Mapping):
        return partial(_decode_mapping, typing.get_args(kind)[1])
    if origin is Limit:
        return partial(_decode_limit, typing.get_args(kind)[0])
    if is_dataclass(kind):
        return partial(_decode_dataclass, kind)
    if issubclass(kind, Enum):
        return partial(_decode_enum, kind)
    return _SCALARS[kind]


def _decode_union(kinds: tuple[Any, ...], value: Any, path: str) -> Any:
    if value is None:
        return None if type(None) in kinds else _wrong(path, "is null")
    rest = [kind for kind in kinds if kind not in (type(None), Missing)]
    if Missing in kinds and isinstance(value, dict) and MISSING_KEY in value:
        if len(value) > 1:
            _wrong(path, f"says {MISSING_KEY} and holds something beside it")
        return Missing(_text(value[MISSING_KEY], f"{path}.{MISSING_KEY}"))
    return _decode(rest[0], value, path)


def _decode_dataclass(kind: Any, value: Any, path: str) -> Any:
    members = _members(value, path)
    hints = _hints_of(kind)
    found = {}
    for name, key in keys_of(kind):
        place = f"{path}.{key}" if path else key
        if key not in members:
            if (kind, name) in ADDED_LATER:
                continue
            _wrong(place, "is not there")
        found[name] = _decode(hints[name], members[key], place)
    return kind(**found)


@cache
def _hints_of(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode_limit(kind: Any, value: Any, path: str) -> Any:
    members = _members(value, path)
    for key in ("value", "origin"):
        if key not in members:
            _wrong(f"{path}.{key}", "is not there")
    return Limit(_decode(kind, members["value"], f"{path}.value"), _decode(Origin, members["origin"], f"{path}.origin"))


def _decode_tuple(kinds: tuple[Any, ...], value: Any, path: str) -> Any:
    if kinds == (int, int):
        return _part(value, path)
    if not isinstance(value, list):
        _wrong(path, "is not a list")
    return tuple(_decode(kinds[0], item, f"{path}[{index}]") for index, item in enumerate(value))


def _decode_set(kind: Any, value: Any, path: str) -> Any:
    return frozenset(_decode_tuple((kind, ...), value, path))


def _decode_mapping(kind: Any, value: Any, path: str) -> Any:
    members = _members(value, path)
    return {_text(key, path): _decode(kind, item, f"{path}[{plain_line(key, 60)}]") for key, item in members.items()}


def _decode_enum(kind: Any, value: Any, path: str) -> Any:
    for member in kind:
        if member.value == value:
            return member
    words = ", ".join(str(member.value) for member in kind)
    return _wrong(path, f"is none of {words}")


def _part(value: Any, path: str) -> tuple[int, int]:
    found = _PART.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        _wrong(path, "is not a part such as 2/5")
    number, count = int(found[1]), int(found[2])
    if not 1 <= number <= count:
        _wrong(path, "is not a part such as 2/5")
    return number, count


def _bool(value: Any, path: str) -> bool:
    return value if isinstance(value, bool) else _wrong(path, "is not true or false")


def _int(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST_INT <= value < _LARGEST_INT:
        _wrong(path, "is not a whole number")
    return value


def _float(value: Any, path: str) -> float:
    if isinstance(value, int):
        return _int(value, path)
    if not isinstance(value, float) or not math.isfinite(value):
        _wrong(path, "is not a number")
    return value


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        _wrong(path, "is not a text")
    if len(value) > LONGEST_TEXT:
        _wrong(path, f"is longer than {LONGEST_TEXT} characters")
    return without_lone_surrogates(value)


def _moment(value: Any, path: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value, path))
        moment = moment.replace(tzinfo=NO_ZONE) if moment.tzinfo is None else moment
        moment.astimezone(UTC)  # a date that cannot be had in UTC cannot be shown
    except (ValueError, OverflowError):
        _wrong(path, "is not a date and time")
    return moment


def _day(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(_text(value, path))
    except ValueError:
        _wrong(path, "is not a date")


def _duration(value: Any, path: str) -> timedelta:
    try:
        return timedelta(seconds=_float(value, path))
    except OverflowError:
        _wrong(path, "is too long a time")


def _decimal(value: Any, path: str) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        _wrong(path, "is not a decimal number in quotes")
    return Decimal(value)


_SCALARS: dict[Any, Callable[[Any, str], Any]] = {
    bool: _bool,
    int: _int,
    float: _float,
    str: _text,
    datetime: _moment,
    date: _day,
    timedelta: _duration,
    Decimal: _decimal,
}


def _members(value: Any, path: str) -> dict[str, Any]:
    return value if isinstance(value, dict) else _wrong(path or "the document", "is not an object")


def _wrong(path: str, problem: str) -> NoReturn:
    raise DecodeError(path, problem)
