"""Untrusted text made safe to print, and names that reports can hold."""

from __future__ import annotations

import re

from probe_gate.domain.evidence import Target

ELLIPSIS = "…"
MASK = "***"
"""What is shown in place of a secret."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200c\u200d"
"""Zero-width joiners are part of ordinary writing (emoji, Persian); they reorder nothing."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LOG_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")


def plain_line(text: str, limit: int = 300) -> str:
    """One line of printable text, at most `limit` characters long.

    Line breaks and tabs become blanks. Control, bidirectional and other invisible characters and lone
    surrogates become U+FFFD: something was there, and it can do nothing. A cut shows as an ellipsis.
    """
    cut = text[: limit + 1]
    if not cut.isprintable():
        cut = "".join(_harmless(character) for character in cut)
    if len(text) > limit:
        return cut[: max(limit - 1, 0)].rstrip() + ELLIPSIS
    return cut.strip()


def _harmless(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() else REPLACEMENT


def without_lone_surrogates(text: str) -> str:
    """Return the text with U+FFFD in place of lone surrogates: JSON can express them, UTF-8 cannot."""
    return text if text.isascii() else _LONE_SURROGATE.sub(REPLACEMENT, text)


def log_json(text: str) -> str:
    """Return the same JSON, in which no CI system that shows it in a log finds a command. Inside its texts `##` is escaped."""
    return text.replace("##", "#\\u0023")


def log_line(line: str) -> str:
    """Return a line of a log that no CI system takes for a command.

    GitHub reads `::` at the beginning of a line, after blanks too; Azure, TeamCity and the older form of
    GitHub read `##word[` anywhere in it.
    """
    line = _LOG_COMMAND.sub("# #", line)
    bare = line.lstrip()
    if bare.startswith("::"):
        return line[: len(line) - len(bare)] + ": " + bare[1:]
    return line


def as_sentence(text: str) -> str:
    """Return the text with a full stop at its end, so that another sentence may follow."""
    bare = text.rstrip()
    return bare if not bare or bare[-1] in ".!?:…" else f"{bare}."


_ASCII_FORMS = {
    "✓": "ok",
    "✗": "FAIL",
    "→": "->",
    "·": "-",
    "–": "-",
    "−": "-",
    "±": "+-",
    "÷": "/",
    "█": "#",
    "░": ".",
    "┃": "|",
    ELLIPSIS: "...",
}
"""Our own characters that are not in every encoding, and what says the same in ASCII."""


def encodable(text: str, encoding: str) -> str:
    """Return the text in characters that the encoding has: our own signs spelled out, any other character as `?`."""
    if can_encode(text, encoding):
        return text
    return "".join(
        character if can_encode(character, encoding) else _ASCII_FORMS.get(character, "?") for character in text
    )


def can_encode(text: str, encoding: str) -> bool:
    """Return whether the encoding has all these characters; one that Python does not know is taken to have them."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    except LookupError:
        return True
    return True


def name_of(target: Target, limit: int = 80) -> str:
    """`Support bot (target 42)`, or `target 42` when it has no name."""
    name = plain_line(target.name or "", limit)
    return f"{name} (target {target.id})" if name else f"target {target.id}"


def short_name_of(target: Target, limit: int = 40) -> str:
    """`Support bot`, or `target 42` when it has no name."""
    return plain_line(target.name or "", limit) or f"target {target.id}"
