"""Scores as bars of text, in fixed width."""

from __future__ import annotations

from collections.abc import Iterable

from probe_gate.domain.numbers import format_exact
from probe_gate.domain.plain_text import plain_line
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.reports.cells import pad, width_of
from probe_gate.reports.score_rows import ScoreRow

CELLS = 25
"""Four points each."""
LONGEST_NAME = 32
MOST_ROWS = 40

_SIGNS = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.WAIVED: "~",
    CheckOutcome.ERROR: "?",
    CheckOutcome.INFO: " ",
}


def bar(score: float | None, minimum: float | None) -> str:
    """`█████████████░░░░░░│░░░░░`: filled up to the score, with a line at the minimum."""
    filled = 0 if score is None else round(min(max(score, 0), 100) / 100 * CELLS)
    cells = ["█"] * filled + ["░"] * (CELLS - filled)
    if minimum is not None and minimum > 0:
        mark = min(round(minimum / 100 * CELLS), CELLS - 1)
        cells[mark] = "┃"
    return "".join(cells)


def bar_lines(rows: Iterable[ScoreRow]) -> list[str]:
    """A line for each score, names and numbers in columns."""
    shown = list(rows)
    kept = shown[:MOST_ROWS]
    columns = max((width_of(plain_line(row.name, LONGEST_NAME)) for row in kept), default=0)
    score_columns = max((len(_score(row)) for row in kept), default=0)
    lines = [
        f"{_SIGNS[row.outcome] if row.outcome else '?'} {pad(plain_line(row.name, LONGEST_NAME), columns)}  "
        f"{bar(row.score, row.minimum)}  {_numbers(row, score_columns)}".rstrip()
        for row in kept
    ]
    if len(shown) > len(kept):
        lines.append(f"  … and {len(shown) - len(kept)} more")
    return lines


def _score(row: ScoreRow) -> str:
    return "none" if row.score is None else format_exact(row.score, row.minimum)


def _numbers(row: ScoreRow, columns: int) -> str:
    text = _score(row).rjust(max(columns, 5))
    if row.minimum is not None:
        text += f"  of {format_exact(row.minimum)}"
    if row.change is not None:
        text += f"  ({format_change(row.change)})"
    return text


def format_change(points: float) -> str:
    """`+2`, `−9.5`, `±0`."""
    text = format_exact(abs(points))
    if text == "0":
        return "±0"
    return f"{'+' if points > 0 else '−'}{text}"
