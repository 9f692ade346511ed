"""JSON from the platform, read strictly: nothing that two readers could understand differently."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

MOST_LEVELS = 64
"""Deeper nesting is no answer of an API."""


_HALF_A_TOKEN = re.compile(r"t?r?u?|f?a?l?s?|n?u?l?|[.eE+-]{0,2}")


class JsonError(ValueError):
    """It is not JSON that can be trusted; the text says why, for people, without quoting it."""

    def __init__(self, reason: str, *, is_cut: bool = False, is_page: bool = False) -> None:
        super().__init__(reason)
        self.is_cut = is_cut
        """Whether it looks like the beginning of a good answer."""
        self.is_page = is_page
        """Whether it looks like something else altogether, such as a web page."""


def parse_json(body: bytes) -> Any:
    """The value. Raises `JsonError` for anything else, duplicate keys and numbers out of range included."""
    if not body.strip():
        raise JsonError("is empty", is_cut=True)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in body[:4]:
        raise JsonError("is not in UTF-8", is_page=True)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        is_page = not _looks_like_json(body)
        if error.reason == "unexpected end of data" and not is_page:
            raise JsonError("ends too early", is_cut=True) from None
        raise JsonError("is not in UTF-8", is_page=is_page) from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        is_page = not _looks_like_json(body)
        is_cut = not is_page and _is_cut(text, error)
        raise JsonError("ends too early" if is_cut else "is not JSON", is_cut=is_cut, is_page=is_page) from None
    except RecursionError:
        raise JsonError("is nested too deep") from None
    if _is_deeper_than(value, MOST_LEVELS):
        raise JsonError("is nested too deep")
    return value


def _looks_like_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _is_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the parser failed for no other reason than that the text ends."""
    if error.msg.startswith("Unterminated"):
        return True
    tail = text[error.pos :].strip()
    if error.msg.startswith("Invalid \\uXXXX"):
        return len(tail) < 6 and '"' not in tail
    return error.msg != "Extra data" and _HALF_A_TOKEN.fullmatch(tail) is not None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("names the same field twice")
    return found


def _constant(word: str) -> NoReturn:
    raise JsonError(f"has {word} where a number belongs")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError("has a number that is out of range")
    return value


def _int(text: str) -> int:
    if len(text) > 20:
        raise JsonError("has a number that is out of range")
    return int(text)


def _is_deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for item in layer
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not layer:
            return False
    return any(isinstance(item, (dict, list)) for item in layer)
