"""Write the generated blocks of the pages of docs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"
CHECKS_PAGE = DOCS / "checks.md"


def write_blocks(blocks: Mapping[str, str], path: Path = PAGE) -> None:
    """Replace the text between `<!-- bench:NAME -->` and `<!-- bench:end -->` on a page.

    Raises:
        LookupError: The page has no such block.
    """
    page = path.read_text(encoding="utf-8")
    for name, text in blocks.items():
        begin, end = f"<!-- bench:{name} -->\n", "<!-- bench:end -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise LookupError(f"{path} has no place for {name}")
        page = f"{before}{begin}\n{text}\n\n{end}{after}"
    path.write_text(page, encoding="utf-8")


def fence(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"
