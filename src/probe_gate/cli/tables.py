"""Tables for people: whole in a log or a file, folded to fit a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from probe_gate.domain.text import plain_line
from probe_gate.reports.text_width import pad, width_of

GAP = "  "
MIN_TERMINAL_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False
    """Whether its cells are aligned to the right, as numbers are."""
    may_fold: bool = False
    """Whether its cells are folded first where the table is too wide for the terminal."""


def terminal_width(stream_name: str = "stdout") -> int | None:
    """Return the columns of the terminal that `stdout` or `stderr` is; None if it is a file or a pipe."""
    try:
        return max(os.get_terminal_size(getattr(sys, stream_name).fileno()).columns, MIN_TERMINAL_COLUMNS)
    except (AttributeError, OSError, ValueError):
        return None


def render_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Return the lines of the table, its head first. With a `width` no line is wider; nothing is ever cut."""
    cells = [[plain_line(cell) for cell in row] for row in rows]
    if width is not None:
        return _fold_table(columns, cells, width)
    lines = [[column.title for column in columns], *cells]
    widths = [max(width_of(line[index]) for line in lines) for index in range(len(columns))]
    return [
        GAP.join(
            pad(cell, size, right=column.right) for cell, size, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    ]


def _fold_table(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[str]:
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0))
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.may_fold,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*map(Text, row))
    output = StringIO()
    Console(file=output, width=width, color_system=None).print(table)
    return [line.rstrip() for line in output.getvalue().splitlines()]
