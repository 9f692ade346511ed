"""Cuts a JSON array that arrives piece by piece into its elements, without reading them."""

from __future__ import annotations

import re

from probe_gate.probe_api.json_text import JsonError

BLANKS = b" \t\r\n"
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_MARK = re.compile(rb'["\[\]{},]')
_REST_OF_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
"""Of a text that has begun: up to its closing quote, or to an escape that is cut."""
_QUOTE, _COMMA = ord('"'), ord(",")
_OPENS = {ord("]"): ord("["), ord("}"): ord("{")}
"""Each closing bracket with the one that it closes."""


class Split:
    """The elements that stand whole in a buffer, which begins at an element of the array.

    Strings and brackets are followed, nothing else: whether an element is good JSON is for its reader to say.
    """

    def __init__(self, buffer: bytes, *, is_first: bool = True, most: int | None = None) -> None:
        """`is_first`: no element came before the buffer, so the array may be empty. `most` bounds the elements.

        Raises `JsonError` where brackets do not match or nothing stands between two commas.
        """
        self._buffer = buffer
        self._may_be_empty = is_first
        self.elements: list[tuple[int, int]] = []
        """Where each begins and ends, without the blanks around it."""
        self.rest = 0
        """Where the first element begins that is not whole; at the array's end, what lies behind its bracket."""
        self.is_end = False
        """Whether the array's closing bracket was met."""
        self._follow(len(buffer) if most is None else most)

    def _follow(self, most: int) -> None:
        opened: list[int] = []
        for token in _TOKEN.finditer(self._buffer):
            byte = self._buffer[token.start()]
            if byte == _QUOTE:
                if token.end() - token.start() == 1:
                    return  # a string whose end has not arrived
            elif byte == _COMMA or (byte in _OPENS and not opened):
                if not opened:
                    self._end_element(token.start(), byte)
                    if self.is_end or len(self.elements) >= most:
                        return
            elif byte not in _OPENS:
                opened.append(byte)
            elif opened.pop() != _OPENS[byte]:
                raise JsonError("has brackets that do not match")

    def _end_element(self, end: int, byte: int) -> None:
        if byte == ord("}"):
            raise JsonError("has brackets that do not match")
        self.is_end = byte == ord("]")
        part = self._buffer[self.rest : end]
        left = end - len(part.lstrip(BLANKS))
        if left < end:
            self.elements.append((left, left + len(part.strip(BLANKS))))
        elif not (self.is_end and self._may_be_empty and not self.elements):
            raise JsonError("has nothing between two commas")
        self.rest = end + 1


class Skipper:
    """Goes past one element that is too large to be kept, whatever stands in it."""

    def __init__(self) -> None:
        self._depth = 0
        self._is_in_text = False
        self._is_escaped = False

    def feed(self, data: bytes) -> int | None:
        """Where the comma or bracket stands that ends the element, in this next piece of it; None when it goes on."""
        at = 1 if self._is_escaped and data else 0
        self._is_escaped = self._is_escaped and not data
        while at < len(data):
            if self._is_in_text:
                text = _REST_OF_TEXT.match(data, at)
                at = text.end() if text else at
                self._is_escaped = data[at : at + 1] == b"\\"
                self._is_in_text = data[at : at + 1] != b'"'
                at += 1
                continue
            found = _MARK.search(data, at)
            if found is None:
                return None
            at, byte = found.end(), found[0]
            if byte == b'"':
                self._is_in_text = True
            elif byte in b"[{":
                self._depth += 1
            elif self._depth == 0:
                return found.start()
            elif byte in b"]}":
                self._depth -= 1
        return None


def find_boundary(buffer: bytes) -> bytes | None:
    """How this array writes the place between two objects, such as `},{"id":`; None while that cannot be told.

    Looking for it is many times as fast as following every bracket. It may occur inside an element too: what is cut
    there must prove to be whole elements.
    """
    split = Split(buffer, most=2)
    if len(split.elements) < 2:
        return None
    (_, first_end), (second, second_end) = split.elements
    colon = buffer.find(b":", second, second_end)
    if buffer[first_end - 1 : first_end] != b"}" or buffer[second : second + 1] != b"{" or colon < 0:
        return None
    return buffer[first_end - 1 : colon + 1]
