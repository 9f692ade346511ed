"""A verdict as the document and the text of `report.json`.

A field is called as in the code, in camelCase; where the platform has a name for the same thing, it is the platform's.
The names are an interface: while the schema version stays, they change only by adding.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from pydantic_core import to_json

import probe_gate
from probe_gate.domain.dates import has_zone
from probe_gate.domain.evidence import RunFacts, Unavailable
from probe_gate.domain.policy import Policy
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import ELLIPSIS, REPLACEMENT, log_json
from probe_gate.domain.verdict import TargetVerdict, Verdict, exit_code_of

SCHEMA_VERSION = "3"
"""Changes when a reader of the former version would misread the document; never for an addition."""

UNAVAILABLE_KEY = "unavailable"
"""The one key of an object that stands where something is unavailable; its value says why."""

_OTHER_NAMES: dict[tuple[type, str], str] = {
    (Unavailable, "reason"): UNAVAILABLE_KEY,
    (Run, "started_at"): "executionDate",
    (Counts, "passed"): "passedCount",
    (Counts, "failed"): "failedCount",
    (Counts, "errors"): "errorCount",
    (Counts, "total"): "totalCount",
    (Scores, "overall"): "overallScore",
    (Scores, "categories"): "scores",
    (Scores, "latest_execution"): "latestExecutionDate",
    (Scores, "digest"): "sha256",
    (Policy, "max_age"): "maxAgeSeconds",
    (RunFacts, "tag"): "runTag",
}

NEVER_WRITTEN: frozenset[tuple[type, str]] = frozenset({(Run, "started_by")})
"""Who started a run is an e-mail address: it stands in no report."""

ADDED_LATER: frozenset[tuple[type, str]] = frozenset()
"""Fields that reports of earlier releases do not have: where the key is not there, the field's default holds.
Without an entry here, a new field makes every stored baseline unreadable."""

MAX_TEXT_LENGTH = 20_000
"""Characters of one text; what comes from the platform was cut far below this where it came in."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_UNSEEN = re.compile("[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Characters that a viewer does not show or that reorder what it shows: written as escapes."""


def written_by() -> str:
    """Return the program and its version, as the document names them."""
    return f"probe-gate {probe_gate.__version__}"


def render(verdict: Verdict) -> str:
    """Return the text of `report.json`, which ends with a line break and is always valid JSON and UTF-8.

    Never raises, whatever the text in the verdict is.
    """
    text = to_json(to_document(verdict), indent=2).decode("utf-8")  # json is slow when asked for an indent
    text = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return log_json(text) + "\n"


def to_document(verdict: Verdict) -> dict[str, Any]:
    """Return the document as plain dicts, lists, texts, numbers and None, keys in the order of the file."""
    body = encode(verdict)
    first = {"schemaVersion": SCHEMA_VERSION, "writtenBy": written_by(), "command": body["command"]}
    decision = {key: body[key] for key in ("outcome", "exitCode", "reason", "hint")}
    targets = body.pop("targets")
    return {**first, **decision, **body, "targets": targets}


def encode(value: Any) -> Any:
    """Return a value of the domain as JSON has it."""
    if value is None or isinstance(value, int):  # bool is an int
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return _object(value)
    if isinstance(value, Mapping):
        return {_text(key): encode(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(encode(item) for item in value)
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    return _scalar(value)


def _object(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    body = {key: encode(getattr(value, name)) for name, key in keys_of(kind)}
    if "shard" in body:
        body["shard"] = None if value.shard is None else "{}/{}".format(*value.shard)
    if isinstance(value, TargetVerdict):
        derived = {"softened": value.is_soft, "exitCode": exit_code_of(value.outcome, soft=value.is_soft)}
        decision = {key: body[key] for key in ("outcome", "reason", "hint")}
        return {"target": body["target"], **decision, **derived, **body}
    return body


def _scalar(value: Any) -> str | float:
    if isinstance(value, datetime):
        return timestamp_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in report.json")


def timestamp_text(timestamp: datetime) -> str:
    """Return `2026-11-24T12:00:00Z`; a date of the platform keeps its offset, or has none where it was written without."""
    if timestamp.tzinfo is not None and not has_zone(timestamp):
        return timestamp.replace(tzinfo=None).isoformat()
    aware = timestamp if timestamp.tzinfo is not None else timestamp.replace(tzinfo=UTC)
    return aware.isoformat().replace("+00:00", "Z")


def _text(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        text = text[: MAX_TEXT_LENGTH - 1] + ELLIPSIS
    return without_lone_surrogates(text)


def without_lone_surrogates(text: str) -> str:
    """Return the text with U+FFFD for what no encoding can hold."""
    return text if text.isascii() else _LONE_SURROGATE.sub(REPLACEMENT, text)


@cache
def keys_of(kind: Any) -> tuple[tuple[str, str], ...]:
    """Return the fields of a dataclass (the class, not a value) that the document has, each with its key, in order."""
    return tuple(
        (field.name, _OTHER_NAMES.get((kind, field.name)) or _camel_case(field.name))
        for field in fields(kind)
        if (kind, field.name) not in NEVER_WRITTEN
    )


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
