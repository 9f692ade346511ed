"""Puts what was measured into docs/performance.md and draws its plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.crowd import LIMIT_PER_SECOND, Crowd
from benchmarks.plots import draw_crowd, draw_fleet, draw_polls, draw_start
from benchmarks.table import Row, format_markdown

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"


def write_page(rows: Sequence[Row], texts: Mapping[str, str], crowds: Mapping[str, Crowd]) -> None:
    """`texts`: what stands in the page's other blocks, by their names."""
    write_blocks({"table": "\n".join(format_markdown(rows)), **{name: fence(text) for name, text in texts.items()}})
    images = DOCS / "images"
    draw_start(rows, images / "bench-start.svg")
    draw_polls(rows, images / "bench-polls.svg")
    draw_fleet(rows, images / "bench-fleet.svg")
    draw_crowd(
        {name: crowd.server.arrived for name, crowd in crowds.items()}, LIMIT_PER_SECOND, images / "bench-crowd.svg"
    )


def write_blocks(blocks: Mapping[str, str]) -> None:
    """Fills what stands between `<!-- bench:NAME -->` and `<!-- bench:end -->`. Raises `LookupError` without it."""
    page = PAGE.read_text(encoding="utf-8")
    for name, text in blocks.items():
        begin, end = f"<!-- bench:{name} -->\n", "<!-- bench:end -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise LookupError(f"{PAGE} has no place for {name}")
        page = f"{before}{begin}\n{text}\n\n{end}{after}"
    PAGE.write_text(page, encoding="utf-8")


def fence(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"
