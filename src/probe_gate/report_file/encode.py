"""A verdict as the text of `report.json`. Never raises, whatever the text in the verdict is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic_core import to_json

import probe_gate
from probe_gate.domain.dates import has_zone
from probe_gate.domain.text import ELLIPSIS, REPLACEMENT, log_json
from probe_gate.domain.verdict import TargetVerdict, Verdict, exit_code_of
from probe_gate.report_file.keys import SCHEMA_VERSION, keys_of

LONGEST_TEXT = 20_000
"""Characters of one text; what comes from the platform was cut far below this where it came in."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_UNSEEN = re.compile("[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Characters that a viewer does not show or that reorder what it shows: written as escapes."""


def written_by() -> str:
    """The program and its version, as the document names them."""
    return f"probe-gate {probe_gate.__version__}"


def render(verdict: Verdict) -> str:
    """The text of `report.json`, ending with a line break; always valid JSON and valid UTF-8 when encoded."""
    text = to_json(to_document(verdict), indent=2).decode("utf-8")  # json is slow when asked for an indent
    text = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return log_json(text) + "\n"


def to_document(verdict: Verdict) -> dict[str, Any]:
    """The document as plain dicts, lists, texts, numbers and None, keys in the order of the file."""
    body = encode(verdict)
    first = {"schemaVersion": SCHEMA_VERSION, "writtenBy": written_by(), "command": body["command"]}
    decision = {key: body[key] for key in ("outcome", "exitCode", "reason", "advice")}
    targets = body.pop("targets")
    return {**first, **decision, **body, "targets": targets}


def encode(value: Any) -> Any:
    """One value of the domain as JSON has it."""
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
        decision = {key: body[key] for key in ("outcome", "reason", "advice")}
        return {"target": body["target"], **decision, **derived, **body}
    return body


def _scalar(value: Any) -> str | float:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in report.json")


def moment_text(moment: datetime) -> str:
    """Return `2026-11-24T12:00:00Z`; a date of the platform keeps its offset, or has none where it was written without."""
    if moment.tzinfo is not None and not has_zone(moment):
        return moment.replace(tzinfo=None).isoformat()
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware.isoformat().replace("+00:00", "Z")


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + ELLIPSIS
    return without_lone_surrogates(text)


def without_lone_surrogates(text: str) -> str:
    """The text with U+FFFD for what no encoding can hold."""
    return text if text.isascii() else _LONE_SURROGATE.sub(REPLACEMENT, text)
