"""JSON is YAML, but for two things that a YAML parser does not take: tabs between tokens, and pairs of escapes."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\t')
_PAIR = re.compile(r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|.)")


def as_yaml(text: str) -> str:
    """The text as a YAML parser reads it, if it looks like JSON; any other text as it is. Lines stay where they are."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    return _TOKEN.sub(_token, text)


def _token(match: re.Match[str]) -> str:
    text = match[0]
    return " " if text == "\t" else _PAIR.sub(_pair, text)


def _pair(match: re.Match[str]) -> str:
    if match["high"] is None:
        return match[0]
    high, low = int(match["high"], 16), int(match["low"], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
