"""What a part of the file may look like. A shape reads a node into values, and writes its own JSON Schema.

So the check and the schema come from one declaration. A shape that finds a mistake adds it and returns `WRONG`,
and reading goes on: all mistakes are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from probe_gate.yaml_text.mistakes import Mistakes, Place
from probe_gate.yaml_text.tree import ListNode, Node, Scalar

Schema = dict[str, Any]


class _Wrong:
    def __repr__(self) -> str:
        return "WRONG"


WRONG: Final = _Wrong()
"""What a shape returns for a node that it has found a mistake in."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and where it stands."""

    value: Any
    place: Place


class Shape(Protocol):
    """One kind of node."""

    def fits(self, node: Node) -> bool:
        """Whether the node is of this kind at all, right or wrong."""
        ...

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        """The value, or `WRONG`."""
        ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class ScalarShape:
    """A single value."""

    what: str
    """As a message names it: `a number from 0 to 100`."""
    reader: Callable[[Scalar], Any]
    json: Schema

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar)

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if not isinstance(node, Scalar):
            mistakes.add(node.place, f"a list or mapping stands where {self.what} belongs")
            return WRONG
        try:
            return self.reader(node)
        except ValueError as error:
            mistakes.add(node.place, str(error))
            return WRONG

    def schema(self) -> Schema:
        return dict(self.json)


@dataclass(frozen=True, slots=True)
class ListShape:
    """A list; its value is a list of `Found`, the right ones only."""

    what: str
    item: Shape
    most: int
    least: int = 0
    is_unique: bool = False
    """Told by the schema; the check says by itself which item is there twice."""

    def fits(self, node: Node) -> bool:
        return isinstance(node, ListNode)

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if not isinstance(node, ListNode):
            mistakes.add(node.place, f"{self.what} belongs here: lines that begin with a dash, or [ ]")
            return WRONG
        if not self.least <= len(node.items) <= self.most:
            wanted = f"at least {self.least}" if len(node.items) < self.least else f"at most {self.most}"
            mistakes.add(node.place, f"{len(node.items)} are named, and {wanted} belong here")
            return WRONG
        read = [Found(self.item.read(item, mistakes), item.place) for item in node.items]
        return [found for found in read if found.value is not WRONG]

    def schema(self) -> Schema:
        least = {"minItems": self.least} if self.least else {}
        unique = {"uniqueItems": True} if self.is_unique else {}
        return {"type": "array", **unique, **least, "maxItems": self.most, "items": self.item.schema()}


@dataclass(frozen=True, slots=True)
class EitherShape:
    """One of several shapes that differ in kind of node: the first that fits is held to it."""

    shapes: Sequence[Shape] = field(default_factory=tuple)

    def fits(self, node: Node) -> bool:
        return any(shape.fits(node) for shape in self.shapes)

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        fitting = next((shape for shape in self.shapes if shape.fits(node)), self.shapes[0])
        return fitting.read(node, mistakes)

    def schema(self) -> Schema:
        return {"anyOf": [shape.schema() for shape in self.shapes]}
