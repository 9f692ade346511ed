"""Text and JSON output of targets, target types and changes. Secrets are never included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from probe_gate.domain.probes import RiskLevel
from probe_gate.domain.target_diff import Change, Kind, TargetDiff
from probe_gate.domain.target_state import Path, hide_in_text
from probe_gate.domain.text import ELLIPSIS, MASK, plain_line

SIGNS = {Kind.ADDED: "+", Kind.CHANGED: "~", Kind.REMOVED: "-"}
MAX_VALUE = 100
"""Maximum length of a value, in characters."""
CONTEXT = 20
"""Characters kept in front of the first difference when a long value is shortened."""


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Yield the lines that describe changes, with old and new values except for secrets."""
    for change in changes:
        lead = f"  {SIGNS[change.kind]} {plain_line(change.field)}"
        if change.is_secret:
            yield f"{lead}: {_secret_word(change.kind)}"
        elif change.kind is Kind.CHANGED:
            old, new = excerpts(text_of(change.old), text_of(change.new))
            yield lead
            yield f"      - {old}"
            yield f"      + {new}"
        else:
            value = text_of(change.new if change.kind is Kind.ADDED else change.old)
            yield f"{lead}: {plain_line(value, MAX_VALUE)}"


def _secret_word(kind: Kind) -> str:
    return {Kind.ADDED: "set", Kind.CHANGED: "changed", Kind.REMOVED: "removed"}[kind]


def text_of(value: object) -> str:
    """Return a value as one line without control characters or secrets."""
    if isinstance(value, str):
        return plain_line(hide_in_text(value), 100_000) or '""'
    return plain_line(hide_in_text(json.dumps(value, ensure_ascii=False, default=str)), 100_000)


def excerpts(old: str, new: str) -> tuple[str, str]:
    """Return both texts, shortened so that the first difference is visible."""
    if max(len(old), len(new)) <= MAX_VALUE:
        return old, new
    same = next(
        (place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
        min(len(old), len(new)),
    )
    start = 0 if same < MAX_VALUE - CONTEXT else same - CONTEXT
    lead = ELLIPSIS if start else ""
    return plain_line(lead + old[start:], MAX_VALUE), plain_line(lead + new[start:], MAX_VALUE)


def describe_changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return the changes as JSON."""
    return [
        {"field": change.field, "kind": change.kind.value, "secret": change.is_secret}
        | ({} if change.is_secret else {"old": _safe(change.old), "new": _safe(change.new)})
        for change in changes
    ]


def describe_diff(diff: TargetDiff) -> dict[str, Any]:
    """Return the differences as JSON."""
    return {
        "changes": describe_changes(diff.changes),
        "notCompared": [".".join(path) for path in diff.unseen],
        "mayBeLost": [".".join(path) for path in diff.lost],
    }


def _safe(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _safe(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(item) for item in value]
    return hide_in_text(value) if isinstance(value, str) else value


def flatten(value: object, path: Path = ()) -> Iterator[tuple[str, str]]:
    """Yield each field of a target and its value as text. Secrets must have been removed before."""
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from flatten(item, (*path, str(name)))
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for place, item in enumerate(value, 1):
            yield from flatten(item, (*path, str(place)))
    elif value not in (None, "", {}, []):
        hidden = "(set, not shown)" if value == MASK else None
        yield ".".join(path), hidden or (", ".join(map(str, value)) if isinstance(value, list) else text_of(value))


LEGEND = "* recommended for the type. The numbers are probe IDs for --probe-ids."


LEVELS = [level.value.upper() for level in reversed(RiskLevel)]


def type_lines(types: Sequence[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for one in types:
        lines.append(f"{plain_line(one['label'], 80)}  ({plain_line(one['id'], 80)})")
        by_level: dict[str, list[str]] = {level: [] for level in LEVELS}
        for probe in one["details"]:
            star = "*" if probe["isRecommended"] else ""
            by_level.setdefault(plain_line(probe["weight"], 20).upper(), []).append(f"{probe['probeId']}{star}")
        lines += [f"  {level.lower():<10}  {', '.join(probes)}" for level, probes in by_level.items() if probes]
        lines.append("")
    return [*lines, LEGEND]
