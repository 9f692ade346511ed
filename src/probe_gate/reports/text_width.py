"""The width of text in a fixed-width font, where some characters take two columns and some none."""

from __future__ import annotations

import unicodedata


def width_of(text: str) -> int:
    """Return how many columns the text takes."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Return the text with blanks up to that many columns; `right` puts them in front. Nothing is cut."""
    blanks = " " * (columns - width_of(text))
    return blanks + text if right else text + blanks
