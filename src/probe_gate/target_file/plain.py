"""The tree of a file as plain values, references to the environment filled in, each value's place remembered."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from probe_gate.domain.parsing import shown
from probe_gate.domain.target_state import Path
from probe_gate.yaml_text.mistakes import Mistakes, Place
from probe_gate.yaml_text.tree import ListNode, MappingNode, Node, Scalar

PREFIX = "PROBE_TARGET_"
"""Only variables of such names are taken, so that a changed file cannot carry another secret out."""

_REFERENCE = re.compile(r"(?P<escaped>\$\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
MOST_DIGITS = 20

FullPath = tuple[str | int, ...]
"""A path with the places in lists."""


class PlainValues:
    """Turns nodes into values; what is wrong with one goes to the mistakes, and it counts as null from then on."""

    def __init__(self, environ: Mapping[str, str], mistakes: Mistakes) -> None:
        self._environ = environ
        self._mistakes = mistakes
        self.places: dict[FullPath, Place] = {}
        """Where each value stands."""
        self.key_places: dict[FullPath, Place] = {}
        """Where the name of each value stands."""
        self.hidden: set[Path] = set()
        """The values that come from the environment, by their path; a list counts as one."""
        self.wrong: set[FullPath] = set()
        """The values that a mistake has been told of already."""
        self.references: set[str] = set()
        """The variables that were taken."""

    def value(self, node: Node, path: FullPath) -> Any:
        """The value of a node and of all that is in it."""
        self.places[path] = node.place
        if isinstance(node, MappingNode):
            found = {}
            for key, item in node.pairs:
                inner = (*path, key.text)
                self.key_places[inner] = key.place
                found[key.text] = self.value(item, inner)
            return found
        if isinstance(node, ListNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
        return self._scalar(node, path)

    def _scalar(self, node: Scalar, path: FullPath) -> Any:
        try:
            plain = node.text if node.is_quoted else read_scalar(node.text)
            return self._filled_in(plain, path) if isinstance(plain, str) else plain
        except ValueError as error:
            self._mistakes.add(node.place, str(error))
            self.wrong.add(path)
            return None

    def _filled_in(self, text: str, path: FullPath) -> str:
        parts: list[str] = []
        end = 0
        for match in _REFERENCE.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            parts.append("${" if match["escaped"] else self._variable(match["name"], path))
        parts.append(text[end:])
        filled = "".join(parts)
        if any("\ud800" <= character <= "\udfff" for character in filled):
            raise ValueError("it holds half a character, which no text can")
        return filled

    def _variable(self, name: str, path: FullPath) -> str:
        self.hidden.add(without_indexes(path))
        self.references.add(name)
        if not name.startswith(PREFIX):
            raise ValueError(
                f"${{{shown(name)}}}: only variables whose names begin with {PREFIX} are taken; "
                "write $${ for the characters themselves"
            )
        value = self._environ.get(name, "")
        if not value.strip():
            raise ValueError(f"the variable {shown(name)} is {'empty' if name in self._environ else 'not set'}")
        return value


def without_indexes(path: FullPath) -> Path:
    """The path down to the first list in it."""
    names: list[str] = []
    for part in path:
        if not isinstance(part, str):
            break
        names.append(part)
    return tuple(names)


def read_scalar(text: str) -> str | int | float | bool | None:
    """A scalar without quotes, as JSON would have it; YAML's further guesses are not followed. Raises `ValueError`."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _LEADING_ZERO.fullmatch(text):
        raise ValueError(f"{shown(text)} begins with a zero; put it in quotes if it is text, or leave the zero out")
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)} is no number that can be sent")
    if _INTEGER.fullmatch(text):
        if len(text) > MOST_DIGITS:
            raise ValueError(f"{shown(text)} has too many digits for a number; put it in quotes if it is text")
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{shown(text)} is no number that can be sent")
        return number
    return text
