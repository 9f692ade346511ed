"""The nearest known name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 100
"""A name longer than this is not a misspelling of anything."""

MOST_NAMED = 20


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like `word`, without regard to case and to `_` for `-`; None when none is like it."""
    from difflib import get_close_matches

    if len(word) > LONGEST:
        return None
    spellings = {_plain(name): name for name in known}
    matches = get_close_matches(_plain(word), spellings, n=1, cutoff=0.6)
    return spellings[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, or else all of them."""
    names = tuple(known)
    close = nearest(word, names)
    if close is not None:
        return f"; did you mean {close}?"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"; known: {', '.join(names[:MOST_NAMED])}{more}" if names else ""


def _plain(name: str) -> str:
    return name.strip().casefold().replace("_", "-")
