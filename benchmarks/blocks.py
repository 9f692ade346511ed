"""Write the generated blocks of docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"


def write_blocks(blocks: Mapping[str, str]) -> None:
    """Replace the text between `<!-- bench:NAME -->` and `<!-- bench:end -->`.

    Raises:
        LookupError: The page has no such block.
    """
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
