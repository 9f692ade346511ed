"""Write the results into docs/performance.md and draw its plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.blocks import DOCS, fence, write_blocks
from benchmarks.crowd import LIMIT_PER_SECOND, Crowd
from benchmarks.plots import draw_crowd, draw_fleet, draw_polls, draw_start
from benchmarks.table import Row, format_markdown

SIZES_ON_PAGE = frozenset({"", "10 runs", "10,000 runs", "1 target", "100 targets"})
"""The plots show the sizes between and beyond."""


def write_page(rows: Sequence[Row], texts: Mapping[str, str], crowds: Mapping[str, Crowd]) -> None:
    """Write the page. `texts` are its other blocks by name."""
    write_blocks(
        {
            "table": "\n".join(format_markdown([row for row in rows if row.size in SIZES_ON_PAGE])),
            **{name: fence(text) for name, text in texts.items()},
        }
    )
    images = DOCS / "images"
    draw_start(rows, images / "bench-start.svg")
    draw_polls(rows, images / "bench-polls.svg")
    draw_fleet(rows, images / "bench-fleet.svg")
    draw_crowd(
        {name: crowd.server.arrived for name, crowd in crowds.items()}, LIMIT_PER_SECOND, images / "bench-crowd.svg"
    )
