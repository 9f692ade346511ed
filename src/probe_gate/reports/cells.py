"""Text in columns, where some characters take two of them and some none."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

from probe_gate.domain.plain_text import ELLIPSIS


def width_of(text: str) -> int:
    """How many columns of a terminal or of a fixed-width font the text takes."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def fit(text: str, columns: int, *, right: bool = False) -> str:
    """The text in exactly so many columns: filled with blanks, or cut with an ellipsis."""
    if width_of(text) > columns:
        text = cut(text, columns)
    blanks = " " * (columns - width_of(text))
    return blanks + text if right else text + blanks


def cut(text: str, columns: int) -> str:
    """The text in at most so many columns, a cut shown by an ellipsis."""
    if width_of(text) <= columns:
        return text
    kept = ""
    used = 1
    for character in text:
        used += _columns(character)
        if used > columns:
            break
        kept += character
    return kept.rstrip() + ELLIPSIS


def wrap(text: str, columns: int) -> Iterator[str]:
    """The text in lines of at most so many columns, broken at blanks where there are any."""
    for line in textwrap.wrap(text, max(columns, 20), break_on_hyphens=False):
        while width_of(line) > columns:
            head = cut(line, columns).removesuffix(ELLIPSIS)
            if not head:
                break
            yield head
            line = line[len(head) :]
        yield line
