"""Parse the platform's JSON strictly: reject what two parsers could interpret differently."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from encodings.utf_8_sig import IncrementalDecoder  # by name it is loaded on first use, when no file may be left
from itertools import chain
from typing import Any, NoReturn

MAX_DEPTH = 64
"""Maximum nesting; responses of the API are far less deep."""
MAX_INTEGER = 10**20
"""Integers must be smaller, in absolute value."""
MAX_ELEMENT_LENGTH = 1024 * 1024
"""Maximum characters of one element of an array that is read in chunks."""

_BLANKS = " \t\r\n"
_DELIMITER = re.compile(r"[ \t\r\n]*([,\]])[ \t\r\n]*")
_START_OF_TOKEN = re.compile(r"t?r?u?|f?a?l?s?|n?u?l?|[.eE+-]{0,2}")


class JsonError(ValueError):
    """Invalid or ambiguous JSON. The message says why, without quoting any of it."""

    def __init__(self, reason: str, *, is_truncated: bool = False, is_page: bool = False) -> None:
        """Take the reason as a phrase that completes "The response …"."""
        super().__init__(reason)
        self.is_truncated = is_truncated
        """Whether it looks like the beginning of a valid response."""
        self.is_page = is_page
        """Whether it looks like something other than JSON, such as a web page."""


def parse_json(body: bytes) -> Any:
    """Return the value. A number such as 84.0 becomes the integer 84, which JSON does not distinguish.

    Raises:
        JsonError: It is not JSON, has a duplicate field, a number out of range, or too much nesting.
    """
    text = "".join(piece for piece, _ in _decode([body])).strip(_BLANKS)
    if not text:
        raise JsonError("is empty", is_truncated=True)
    _refuse_other_encodings(text)
    try:
        with _within_limits():
            value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        raise _explain(text, error, is_page=text[0] not in "[{") from None
    if end < len(text):
        raise JsonError("is not JSON", is_page=text[0] not in "[{")
    _check_bounds(value)
    return value


def iter_array(chunks: Iterable[bytes]) -> Iterator[Any]:
    """Yield the elements of an array that arrives in chunks, each as soon as the comma or bracket after it is received.

    An incomplete element is parsed again only when twice as much of it has arrived. Numbers and nesting have only the
    limits of Python's parser, because most elements of a long array are never used.

    Raises:
        JsonError: It is not an array, not JSON, has a duplicate field, or an element that is too long.
    """
    pieces = _decode(chunks)
    text, is_closed = _open_array(pieces)
    retry_length = 0
    for piece, is_last in chain([("", False)], pieces):
        text += piece
        if len(text) < retry_length and not is_last:
            continue
        position, text = 0, text.lstrip(_BLANKS)
        with _within_limits():
            while position < len(text) and not is_closed:
                found = _parse_element(text, position, is_last=is_last)
                if found is None:
                    break
                element, position, is_closed = found
                yield element
        text = text[position:]
        retry_length = 2 * len(text)
        if is_closed and text:
            raise JsonError("continues after its end")
        if len(text) > MAX_ELEMENT_LENGTH:
            raise JsonError("has an element that is too long")
    if not is_closed:
        raise JsonError("ends too early", is_truncated=True)


def _open_array(pieces: Iterable[tuple[str, bool]]) -> tuple[str, bool]:
    """Return the text after the opening bracket, and whether the array was empty and closed."""
    text = ""
    for piece, _ in pieces:
        text = (text + piece).lstrip(_BLANKS)
        _refuse_other_encodings(text)
        if text and text[0] != "[":
            is_json = text[0] in '{"-0123456789' or text.rstrip(_BLANKS) in ("null", "true", "false")
            raise JsonError("is not a list", is_page=not is_json)
        text, rest = text[:1], text[1:].lstrip(_BLANKS)
        if rest:
            return (rest[1:].lstrip(_BLANKS), True) if rest[0] == "]" else (rest, False)
    raise JsonError("ends too early" if text else "is empty", is_truncated=True)


def _parse_element(text: str, position: int, *, is_last: bool) -> tuple[Any, int, bool] | None:
    """Parse one element of an array.

    Returns:
        The element, the position after its comma or bracket, and whether that was the closing bracket. None if the
        element is incomplete and more text may follow.
    """
    try:
        element, end = _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        if is_last:
            raise _explain(text, error) from None
        return None
    if text.startswith(",{", end):  # the usual form; much faster than the pattern
        return element, end + 1, False
    delimiter = _DELIMITER.match(text, end)
    if delimiter is not None:
        return element, delimiter.end(), delimiter[1] == "]"
    if is_last:
        raise _explain(text, json.JSONDecodeError("Expecting ',' delimiter", text, end))
    return None


@contextmanager
def _within_limits() -> Iterator[None]:
    """Raise `JsonError` where Python's parser exceeds its limits on nesting and digits."""
    try:
        yield
    except RecursionError:
        raise JsonError("is nested too deep") from None
    except (JsonError, json.JSONDecodeError):
        raise
    except ValueError:  # more digits than Python converts (sys.get_int_max_str_digits)
        raise JsonError("has a number that is out of range") from None


def _decode(chunks: Iterable[bytes]) -> Iterator[tuple[str, bool]]:
    """Yield the text of each chunk, and whether it is the last."""
    decoder = IncrementalDecoder()
    chunk, text = b"", ""
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            yield text, False
    except UnicodeDecodeError:
        is_page = not text and chunk.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[")
        raise JsonError("is not in UTF-8", is_page=is_page) from None
    try:
        yield decoder.decode(b"", final=True), True
    except UnicodeDecodeError:
        raise JsonError("ends too early", is_truncated=True) from None


def _refuse_other_encodings(text: str) -> None:
    if "\x00" in text[:4]:  # as UTF-16 and UTF-32 write every ASCII character
        raise JsonError("is not in UTF-8", is_page=True)


def _explain(text: str, error: json.JSONDecodeError, *, is_page: bool = False) -> JsonError:
    """Return the error for a text that is not JSON, or that only ends too early."""
    is_truncated = not is_page and _is_truncated(text, error)
    return JsonError("ends too early" if is_truncated else "is not JSON", is_truncated=is_truncated, is_page=is_page)


def _is_truncated(text: str, error: json.JSONDecodeError) -> bool:
    """Return whether the parser failed only because the text ends."""
    if error.msg.startswith("Unterminated"):
        return True
    tail = text[error.pos :].strip()
    if error.msg.startswith("Invalid \\uXXXX"):
        return len(tail) < 6 and '"' not in tail
    return error.msg != "Extra data" and _START_OF_TOKEN.fullmatch(tail) is not None


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
    return int(value) if value.is_integer() else value


def _check_bounds(value: Any) -> None:
    """Raise `JsonError` for integers and nesting that no response of the API has."""
    layer, depth = [value], 0
    while layer:
        if any(isinstance(item, int) and abs(item) >= MAX_INTEGER for item in layer):
            raise JsonError("has a number that is out of range")
        containers = [item for item in layer if isinstance(item, (dict, list))]
        if containers and depth == MAX_DEPTH:
            raise JsonError("is nested too deep")
        layer = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
        depth += 1


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
