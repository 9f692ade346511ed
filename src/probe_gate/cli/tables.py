"""Tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probe_gate.domain.plain_text import plain_line
from probe_gate.reports.cells import cut, fit, width_of

GAP = "  "
NARROWEST = 8
"""Columns that may shrink do so down to this."""
LONGEST_CELL = 300


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False
    """Whether its cells stand at the right, as numbers do."""
    may_shrink: bool = False
    """Whether its cells may be cut where the table is too wide."""


def render_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The lines of the table, its head first, none wider than `width`. Cells are made harmless."""
    cells = [[plain_line(cell, LONGEST_CELL) for cell in row] for row in rows]
    widths = [
        max([width_of(column.title), *(width_of(row[index]) for row in cells)]) for index, column in enumerate(columns)
    ]
    _shrink(columns, widths, width)
    lines = [[column.title for column in columns], *cells]
    return [_line(columns, widths, line, width) for line in lines]


def _shrink(columns: Sequence[Column], widths: list[int], width: int) -> None:
    """Takes what is too much from the widest of the columns that may shrink, one by one."""
    while sum(widths) + len(GAP) * (len(widths) - 1) > width:
        wide = [index for index, column in enumerate(columns) if column.may_shrink and widths[index] > NARROWEST]
        if not wide:
            return
        widths[max(wide, key=lambda index: widths[index])] -= 1


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str], width: int) -> str:
    parts = [
        fit(cell, columns_wide, right=column.right)
        for column, columns_wide, cell in zip(columns, widths, cells, strict=True)
    ]
    return cut(GAP.join(parts).rstrip(), width)
