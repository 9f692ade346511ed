"""The width of text in a fixed-width font, where some characters take two columns and some none."""

from __future__ import annotations


def width_of(text: str) -> int:
    """Return how many columns the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # measures as the tables are laid out, character clusters included

    return cell_len(text)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Return the text with blanks up to that many columns; `right` puts them in front. Nothing is cut."""
    blanks = " " * (columns - width_of(text))
    return blanks + text if right else text + blanks
