"""Texts from the environment of a job: whatever somebody outside chose, one short line of visible text."""

from __future__ import annotations

from collections.abc import Mapping

from probe_gate.domain.text import plain_line

LONGEST = 200
"""Characters of any one text."""
LONGEST_LINK = 2_000


def text_of(env: Mapping[str, str], name: str, longest: int = LONGEST) -> str:
    """The variable's text; empty when it is not set."""
    return plain_line(env.get(name, ""), longest)


def first_of(env: Mapping[str, str], *names: str) -> str:
    """The first of the variables that is not empty."""
    return next((text for text in (text_of(env, name) for name in names) if text), "")


def joined(separator: str, env: Mapping[str, str], *names: str) -> str:
    """Those of the variables that are not empty, in a row."""
    return plain_line(separator.join(text for text in (text_of(env, name) for name in names) if text), LONGEST)


def number_of(text: str) -> int | None:
    """The number that a text of digits is; None for any other, and for one that no system would count to."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
