"""The copyable blocks of the pages: what a reader pastes is what the tests run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, without the indentation of a list that they stand in."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = []
    for match in _BLOCK.finditer(text):
        indent, language, body = match.groups()
        lines = [line.removeprefix(indent) for line in body.splitlines(keepends=True)]
        blocks.append(Block(page, text.count("\n", 0, match.start()) + 1, language, "".join(lines)))
    return blocks


def block_with(page: str, language: str, words: str) -> Block:
    """The first block of a page in that language that holds these words."""
    return next(block for block in blocks_of(page) if block.language == language and words in block.text)
