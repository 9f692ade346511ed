"""The table of results, for the gate and the alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEADER = (
    "what", "of", "unit", "probe-gate", "curl + jq", "requests", "limit", "/ curl", "/ requests", "/ limit",
)  # fmt: skip
"""A ratio is the gate's cost divided by the other's; below 1, the gate is cheaper."""
LEFT = 3
"""The number of text columns, which are aligned to the left."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; None where it does not apply or could not be made."""

    what: str
    unit: str
    size: str = ""
    gate: float | None = None
    curl: float | None = None
    requests: float | None = None
    limit: float | None = None
    """A lower limit of the cost."""

    def cells(self) -> tuple[str, ...]:
        values = (self.gate, self.curl, self.requests, self.limit)
        ratios = (self._ratio(self.curl), self._ratio(self.requests), self._ratio(self.limit))
        return (self.what, self.size, self.unit, *map(format_value, values), *map(format_ratio, ratios))

    def _ratio(self, other: float | None) -> float | None:
        return self.gate / other if self.gate is not None and other else None


def format_value(value: float | None) -> str:
    """Return the value with about three digits."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def format_ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def format_text(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table for a terminal, with blank lines between groups."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADER))]
    before = ""
    for line in lines:
        if line[0] != before and before:
            yield ""
        before = line[0]
        yield "  ".join(
            cell.ljust(width) if place < LEFT else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()


def format_markdown(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table in Markdown."""
    yield f"| {' | '.join(HEADER)} |"
    yield f"|{' --- |' * LEFT}{' ---: |' * (len(HEADER) - LEFT)}"
    for row in rows:
        yield f"| {' | '.join(row.cells())} |"
