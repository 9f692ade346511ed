"""Conversion of a report's document to a verdict, with pydantic.

The schema is derived from the dataclasses, so that document and code cannot diverge; `_SCALARS` defines how types without
a JSON equivalent are written. Unknown keys are ignored, since a later version may have added them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic_core import CoreSchema, ErrorDetails, SchemaValidator, ValidationError
from pydantic_core import core_schema as cs

from probe_gate.domain.dates import NO_ZONE
from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.text import plain_line, without_lone_surrogates
from probe_gate.domain.verdict import Verdict
from probe_gate.files.report_document import (
    ADDED_LATER,
    MAX_TEXT_LENGTH,
    UNAVAILABLE_KEY,
    keys_of,
)

_MAX_INT = 2**63
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?(E[+-]?[0-9]{1,2})?")
_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")

_MESSAGES = {
    "missing": "is missing",
    "dict_type": "is not an object",
    "tuple_type": "is not a list",
    "frozen_set_type": "is not a list",
    "bool_type": "is not true or false",
    "int_type": "is not a whole number",
    "greater_than_equal": "is not a whole number",
    "less_than": "is not a whole number",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "string_type": "is not text",
    "string_too_long": f"is longer than {MAX_TEXT_LENGTH} characters",
}
"""Messages by the type of pydantic's error."""


class DecodeError(Exception):
    """An invalid value; the message contains its place."""


def decode_verdict(document: Mapping[str, Any]) -> Verdict:
    """Return the verdict in a document. Raises `DecodeError`."""
    try:
        verdict: Verdict = _validator().validate_python(document)
    except ValidationError as error:
        raise DecodeError(_describe(error.errors(include_url=False)[0])) from None
    return verdict


def _describe(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{plain_line(part, 60)}" for part in error["loc"])
    if kind == "enum":
        message = f"is not {context['expected']}"
    elif kind == "value_error":
        message = str(context["error"])
    else:
        message = _MESSAGES.get(kind, "is not valid")
    return f"{place.removeprefix('.') or 'the document'} {message}"


def _clean(value: object) -> object:
    return without_lone_surrogates(value) if isinstance(value, str) else value


def _keep_int(value: object, handler: Callable[[object], float]) -> float:
    """Return an integer unchanged, so that it is written as it was read."""
    if type(value) is int and -_MAX_INT <= value < _MAX_INT:
        return value
    return handler(value)


def _parse_timestamp(text: str) -> datetime:
    try:
        timestamp = datetime.fromisoformat(text)
        timestamp = timestamp.replace(tzinfo=NO_ZONE) if timestamp.tzinfo is None else timestamp
        timestamp.astimezone(UTC)  # a date that is out of range in UTC cannot be displayed
    except (ValueError, OverflowError):
        raise ValueError("is not a date and time") from None
    return timestamp


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a date") from None


def _parse_seconds(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError("is too long a duration") from None


def _parse_decimal(value: object) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError("is not a decimal number in quotes")
    return Decimal(value)


def _parse_shard(value: object) -> tuple[int, int]:
    found = _SHARD.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise ValueError("is not a part such as 2/5")
    return int(found[1]), int(found[2])


_TEXT = cs.no_info_before_validator_function(_clean, cs.str_schema(strict=True, max_length=MAX_TEXT_LENGTH))
_INTEGER = cs.int_schema(strict=True, ge=-_MAX_INT, lt=_MAX_INT)
_NUMBER = cs.no_info_wrap_validator_function(_keep_int, cs.float_schema(strict=True, allow_inf_nan=False))

_SCALARS: dict[Any, CoreSchema] = {
    bool: cs.bool_schema(strict=True),
    int: _INTEGER,
    float: _NUMBER,
    str: _TEXT,
    datetime: cs.no_info_after_validator_function(_parse_timestamp, _TEXT),
    date: cs.no_info_after_validator_function(_parse_day, _TEXT),
    timedelta: cs.no_info_after_validator_function(_parse_seconds, _NUMBER),
    Decimal: cs.no_info_plain_validator_function(_parse_decimal),
    tuple[int, int]: cs.no_info_plain_validator_function(_parse_shard),
}


def _schema_of(kind: Any) -> CoreSchema:
    """Return the schema of the JSON value for this type."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if origin in (UnionType, Union):
        (one,) = (argument for argument in arguments if argument not in (Unavailable, NoneType))
        schema = _schema_of(one)
        if Unavailable in arguments:
            schema = cs.no_info_wrap_validator_function(_missing_or, schema)
        return cs.nullable_schema(schema) if NoneType in arguments else schema
    if origin is tuple:
        return cs.tuple_variable_schema(_schema_of(arguments[0]))
    if origin is frozenset:
        return cs.frozenset_schema(_schema_of(arguments[0]))
    if hasattr(origin, "__dataclass_fields__"):
        return _dataclass_schema(origin, arguments)
    if issubclass(origin, Mapping):
        return cs.dict_schema(_TEXT, _schema_of(arguments[1]))
    return cs.enum_schema(kind, list(kind))


@cache
def _dataclass_schema(kind: Any, arguments: tuple[Any, ...]) -> CoreSchema:
    """Return the schema of the JSON object for a dataclass."""
    variables = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=True))
    hints = get_type_hints(kind)
    fields = {
        name: cs.typed_dict_field(
            _schema_of(variables.get(hints[name], hints[name])),
            required=(kind, name) not in ADDED_LATER,
            validation_alias=key,
        )
        for name, key in keys_of(kind)
    }
    return cs.no_info_after_validator_function(
        lambda members: kind(**members), cs.typed_dict_schema(fields, extra_behavior="ignore")
    )


def _missing_or(value: Any, handler: Callable[[Any], Any]) -> Any:
    if not isinstance(value, dict) or UNAVAILABLE_KEY not in value:
        return handler(value)
    if len(value) > 1:
        raise ValueError(f"has other keys in addition to {UNAVAILABLE_KEY}")
    return _missing_validator().validate_python(value)


@cache
def _missing_validator() -> SchemaValidator:
    return SchemaValidator(_dataclass_schema(Unavailable, ()))


@cache
def _validator() -> SchemaValidator:
    return SchemaValidator(_schema_of(Verdict))
