"""Malformed responses, made from well-formed ones.

Each takes the true body and gives another. What cannot be said in Python's JSON (NaN, a field that
stands there twice) goes in as a marked text and is exchanged in the bytes.
"""

from __future__ import annotations

import itertools
import json
import re
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from probe_gate.sandbox.runs import json_bytes
from tests.platform_faults.injection import add_hostile_text

MIB = 1024 * 1024
_DATES = ("executionDate", "latestExecutionDate")
_RAW = "\x02raw:"
"""The prefix of a text that is inserted into the JSON without its quotes."""

_shift = itertools.count(1)

Change = Callable[[Any, str], Any]
"""Takes the JSON value of a real response and the fault's value; returns the JSON value to send instead."""


def _raw(text: str) -> str:
    return _RAW + text


def _objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a response: the runs of a run list, or the single object."""
    return value if isinstance(value, list) else [value]


def _with(**fields: Any) -> Change:
    """Set fields in each object of the answer that has them."""

    def change(value: Any, _given: str) -> Any:
        for item in _objects(value):
            item.update((name, field) for name, field in fields.items() if name in item)
        return value

    return change


def _without(*names: str) -> Change:
    def change(value: Any, _given: str) -> Any:
        for item in _objects(value):
            for name in names:
                item.pop(name, None)
        return value

    return change


def _category(score: Any) -> Change:
    def change(value: Any, _given: str) -> Any:
        value["scores"] = {**(value["scores"] or {"Security": 0})}
        value["scores"][next(iter(value["scores"]), "Security")] = score
        return value

    return change


def _dates(write: Callable[[str, str], str]) -> Change:
    def change(value: Any, given: str) -> Any:
        for item in _objects(value):
            for name in _DATES:
                if item.get(name):
                    item[name] = write(item[name], given)
        return value

    return change


def _later(text: str, hours: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.year < 2:
        return text
    return (moment + timedelta(hours=float(hours))).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _other_ids(value: Any, _given: str) -> Any:
    offset = 100_000 * next(_shift)
    for item in _objects(value):
        item["id"] += offset
    return value


def _twice(value: Any, _given: str) -> Any:
    """Repeat fields with other values, the real ones first."""
    for item in _objects(value):
        lies = {"overallScore": 100, "status": "COMPLETED", "passedCount": 220, "failedCount": 0}
        for name in [name for name in lies if name in item]:
            truth = json.dumps(item[name])
            item[name] = _raw(f"{truth},{json.dumps(name)}:{json.dumps(lies[name])}")
    return value


def _text_fields(text: str) -> Change:
    """Put a text behind the names in the answer."""

    def change(value: Any, _given: str) -> Any:
        for item in _objects(value):
            if "name" in item:
                item["name"] = f"{item['name']}{text}"
            if item.get("scores"):
                item["scores"][f"Custom{text}"] = 90
        return value

    return change


def _huge_run(value: Any, given: str) -> Any:
    for item in _objects(value)[:1]:
        item["name"] = f"{item['name']}{'x' * int(float(given) * MIB)}"
    return value


def _extra(value: Any, _given: str) -> Any:
    for item in _objects(value):
        item["newField"] = {"of": ["a", "later", "version"]}
    return value


CHANGES: dict[str, Change] = {
    "no-id": _without("testRunId"),
    "other-id": _with(testRunId=2_000_000_000),
    "id-text": _with(id="one", testRunId="one"),
    "id-missing": _without("id"),
    "id-changes": _other_ids,
    "list-object": lambda value, _: {"items": value, "totalCount": len(value)},
    "status-number": _with(status=7),
    "count-text": _with(passedCount="many", failedCount="few"),
    "count-negative": _with(passedCount=-1, failedCount=-5),
    "count-huge": _with(passedCount=_raw("9" * 400)),
    "huge-run": _huge_run,
    "score-880": _with(overallScore=880),
    "score-negative": _with(overallScore=-5),
    "score-nan": _with(overallScore=_raw("NaN")),
    "score-text": _with(overallScore="eighty"),
    "score-null": _with(overallScore=None),
    "score-fraction": _with(overallScore=80.5),
    "category-880": _category(880),
    "category-nan": _category(_raw("NaN")),
    "category-text": _category("good"),
    "scores-list": _with(scores=[92, 95]),
    "attacks-negative": _with(simulatedAttacks=-220, successfulAttacks=-11),
    "date-missing": _without("latestExecutionDate"),
    "date-garbage": _dates(lambda _text, _given: "yesterday"),
    "date-no-zone": _dates(lambda text, _given: text.removesuffix("Z")),
    "clock-wrong": _dates(_later),
    "null": lambda _value, _: None,
    "duplicate-keys": _twice,
    "huge-number": _with(overallScore=_raw("1e999"), passedCount=_raw("1e999"), progress=_raw("1e999")),
    "surrogate": _text_fields("\ud800"),
    "extra-fields": _extra,
    "injected-text": lambda value, _: add_hostile_text(value),
}
"""Changes of the answer's JSON value."""


_MARKED = re.compile(rb'"\\u0002raw:((?:[^"\\]|\\.)*)"')


def _write(value: Any) -> bytes:
    """Return JSON with the prefixed texts unquoted."""
    return _MARKED.sub(lambda match: json.loads(b'"%s"' % match[1]).encode(), json_bytes(value))


def _padded(body: bytes, mebibytes: str) -> bytes:
    """Return the same JSON with so many MiB of spaces inside."""
    return body[:1] + b" " * int(float(mebibytes) * MIB) + body[1:]


def _bomb(body: bytes, mebibytes: str) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(body[:1])]
    parts.extend(packer.compress(b" " * MIB) for _ in range(int(float(mebibytes))))
    return b"".join((*parts, packer.compress(body[1:]), packer.flush()))


_BYTES: dict[str, Callable[[bytes, str], bytes]] = {
    "empty": lambda _body, _: b"",
    "not-json": lambda _body, _: b"All is well.",
    "half-json": lambda body, _: body[: len(body) // 2],
    "trailing": lambda body, _: body + b'{"overallScore":100}',
    "deep": lambda _body, depth: b"[" * int(depth) + b"]" * int(depth),
    "latin-1": lambda body, _: _write(_text_fields("\xe9")(json.loads(body), "")).replace(b"\\u00e9", b"\xe9"),
    "utf-16": lambda body, _: body.decode().encode("utf-16"),
    "bom": lambda body, _: b"\xef\xbb\xbf" + body,
    "huge": _padded,
    "gzip-bomb": _bomb,
}
"""Changes of the answer's bytes."""


def change_body(name: str, given: str, body: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the body to send instead of the real one, and headers to add."""
    if name in CHANGES:
        return _write(CHANGES[name](json.loads(body), given)), {}
    return _BYTES[name](body, given), {"content-encoding": "gzip"} if name == "gzip-bomb" else {}
