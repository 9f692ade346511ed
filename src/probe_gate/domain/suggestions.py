"""The nearest known name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable

from probe_gate.domain.formatting import few

MAX_LENGTH = 100
"""A name longer than this is not a misspelling of anything."""

MAX_NAMED = 20
MIN_SWAPPED = 1_000
"""Of a shorter id, too many others have the same digits."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `word`, without regard to case and to `_` for `-`; None when none is like it."""
    from difflib import get_close_matches

    if len(word) > MAX_LENGTH:
        return None
    spellings = {_plain(name): name for name in known}
    matches = get_close_matches(_plain(word), spellings, n=1, cutoff=0.6)
    return spellings[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest known one, or else all of them."""
    names = tuple(known)
    close = nearest(word, names)
    return f"; did you mean {close}?" if close is not None else _known(names)


def did_you_mean_id(number: int, known: Iterable[int]) -> str:
    """Return the same for an id. Only digits that changed places are taken for a mistake: 9 is not nearly 99."""
    ids = tuple(known)
    swapped = [one for one in ids if one >= MIN_SWAPPED and sorted(str(one)) == sorted(str(number))]
    return f"; did you mean {swapped[0]}?" if len(swapped) == 1 else _known(tuple(map(str, ids)))


def _known(names: tuple[str, ...]) -> str:
    return f"; known: {few(names, MAX_NAMED)}" if names else ""


def _plain(name: str) -> str:
    return name.strip().casefold().replace("_", "-")
