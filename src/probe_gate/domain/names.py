"""How a target is called wherever people read of it."""

from __future__ import annotations

from probe_gate.domain.evidence import Target
from probe_gate.domain.plain_text import plain_line


def name_of(target: Target, limit: int = 80) -> str:
    """`Support bot (target 42)`, or `target 42` when it has no name."""
    name = plain_line(target.name or "", limit)
    return f"{name} (target {target.id})" if name else f"target {target.id}"


def short_name_of(target: Target, limit: int = 40) -> str:
    """`Support bot`, or `target 42` when it has no name."""
    return plain_line(target.name or "", limit) or f"target {target.id}"
