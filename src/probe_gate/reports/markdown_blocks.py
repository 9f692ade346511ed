"""Blocks of Markdown, each bounded in bytes, and their joining within a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probe_gate.domain.numbers import plural

MOST_BYTES_OF_TABLE = 40_000


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, noun: str, most_bytes: int = MOST_BYTES_OF_TABLE
) -> str:
    """A table of cells that are escaped already; rows that do not fit are counted below it."""
    lines = [_row(header), "|" + " --- |" * len(header)]
    size = 0
    left_out = 0
    for row in rows:
        line = _row(row)
        size += len(line.encode()) + 1
        if left_out or size > most_bytes:
            left_out += 1
        else:
            lines.append(line)
    if left_out:
        lines += ["", f"… and {plural(left_out, f'more {noun}')}."]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def details(title: str, body: str, *, is_open: bool = False) -> str:
    """A folded block; the title is HTML already. The blank lines let Markdown work inside."""
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>\n\n{body}\n\n</details>"


def join_within(blocks: Iterable[str], most_bytes: int) -> tuple[str, bool]:
    """The first blocks that fit, joined by blank lines, and whether any did not. No more are made than are needed."""
    kept: list[str] = []
    size = 0
    for block in blocks:
        if not block:
            continue
        size += len(block.encode()) + 2
        if size > most_bytes:
            return "\n\n".join(kept), True
        kept.append(block)
    return "\n\n".join(kept), False
