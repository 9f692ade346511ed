"""A verdict as the document and the text of `report.json`.

Keys are the field names in camelCase, or the platform's names for the same thing. They are a public interface: within a
schema version, keys are only added.
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
from probe_gate.domain.text import ELLIPSIS, log_json, without_lone_surrogates
from probe_gate.domain.verdict import TargetVerdict, Verdict, exit_code_of

SCHEMA_VERSION = "3"
"""Changes only if readers of the previous version would misread the document, not for additions."""

UNAVAILABLE_KEY = "unavailable"
"""The only key of an object in place of an unavailable value; its value is the reason."""

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
"""Fields that are not in reports, such as the e-mail address of whoever started a run."""

ADDED_LATER: frozenset[tuple[type, str]] = frozenset(
    {(Policy, "confirm"), (RunFacts, "own_earlier"), (TargetVerdict, "confirmation")}
)
"""Fields that reports of earlier releases lack; the field's default applies if the key is absent.

Without an entry here, a new field makes every stored baseline unreadable.
"""

MAX_TEXT_LENGTH = 20_000
"""In characters, of one text. Texts from the platform have been cut to far less on arrival."""

_UNSEEN = re.compile("[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Invisible characters and those that reorder text, which are written as escapes."""


def written_by() -> str:
    """Return program name and version, as in reports."""
    return f"probe-gate {probe_gate.__version__}"


def render(verdict: Verdict) -> str:
    """Return the text of `report.json`: always valid JSON and UTF-8, with a line break at the end.

    Never raises, whatever text the verdict contains.
    """
    text = to_json(to_document(verdict), indent=2).decode("utf-8")  # json is slow when asked for an indent
    text = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return log_json(text) + "\n"


def to_document(verdict: Verdict) -> dict[str, Any]:
    """Return the document as plain JSON values, with keys in the order of the file."""
    body = encode(verdict)
    first = {"schemaVersion": SCHEMA_VERSION, "writtenBy": written_by(), "command": body["command"]}
    decision = {key: body[key] for key in ("outcome", "exitCode", "reason", "hint")}
    targets = body.pop("targets")
    return {**first, **decision, **body, "targets": targets}


def encode(value: Any) -> Any:
    """Return a domain value as a JSON value."""
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
    raise TypeError(f"{type(value).__name__} is not supported in report.json")


def timestamp_text(timestamp: datetime) -> str:
    """Return a timestamp such as `2026-11-24T12:00:00Z`. Dates from the platform keep their offset or lack of one."""
    if timestamp.tzinfo is not None and not has_zone(timestamp):
        return timestamp.replace(tzinfo=None).isoformat()
    aware = timestamp if timestamp.tzinfo is not None else timestamp.replace(tzinfo=UTC)
    return aware.isoformat().replace("+00:00", "Z")


def _text(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        text = text[: MAX_TEXT_LENGTH - 1] + ELLIPSIS
    return without_lone_surrogates(text)


@cache
def keys_of(kind: Any) -> tuple[tuple[str, str], ...]:
    """Return the fields of a dataclass that are in the document, in order, each with its key."""
    return tuple(
        (field.name, _OTHER_NAMES.get((kind, field.name)) or _camel_case(field.name))
        for field in fields(kind)
        if (kind, field.name) not in NEVER_WRITTEN
    )


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
