"""Variables that are nearly ours: a misspelt one would do nothing, in silence."""

from __future__ import annotations

from collections.abc import Mapping

from probe_gate.domain.plain_text import plain_line
from probe_gate.options import COMMENT_TOKEN_VARIABLE, KEY_VARIABLES, OPTIONS

PREFIXES = ("PROBE_GATE_", "SPLX_", "SPLXAI_")
MOST = 5


def misspelt_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """A note on each variable that is set, is none of ours, and is so like one of ours that it was probably meant.

    A note and not a mistake: a pipeline may have variables of its own that begin so.
    """
    known = {name for option in OPTIONS for name in option.env} | {*KEY_VARIABLES, COMMENT_TOKEN_VARIABLE}
    strange = sorted(
        name for name, value in environ.items() if name.startswith(PREFIXES) and name not in known and value.strip()
    )
    notes: list[str] = []
    for name in strange[:MOST]:
        meant = _nearest(name, known)
        if meant is not None:
            notes.append(f"The variable {plain_line(name, 80)} is not read by probe-gate. Is {meant} meant?")
    return tuple(notes)


def _nearest(name: str, known: set[str]) -> str | None:
    # Without their common beginning, by which all of them would be alike.
    from difflib import get_close_matches

    prefix = next(one for one in PREFIXES if name.startswith(one))
    bare = {one.removeprefix(prefix): one for one in sorted(known) if one.startswith(prefix)}
    matches = get_close_matches(name.removeprefix(prefix)[:60], bare, n=1, cutoff=0.85)
    return bare[matches[0]] if matches else None
