"""What a part of the file may look like. A shape reads a node into values, and writes its own JSON Schema.

So the check and the schema come from one declaration. A shape that finds a mistake adds it and returns `WRONG`,
and reading goes on: all mistakes are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from probe_gate.domain.near import did_you_mean
from probe_gate.domain.quantity import shown
from probe_gate.policy_file.scalars import is_null
from probe_gate.yaml_text.mistakes import Mistakes, Place
from probe_gate.yaml_text.tree import ListNode, MappingNode, Node, Scalar

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
class Key:
    """One key of a mapping."""

    shape: Shape
    help: str
    is_required: bool = False
    may_be_empty: bool = False
    """Whether a key with nothing behind it is as good as no key."""


@dataclass(frozen=True, slots=True)
class MappingShape:
    """A mapping with known keys; its value is a dict of `Found`, the right ones only."""

    what: str
    keys: Mapping[str, Key]

    def fits(self, node: Node) -> bool:
        return isinstance(node, MappingNode)

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if not isinstance(node, MappingNode):
            mistakes.add(node.place, f"{self.what} belongs here, with keys such as {', '.join(list(self.keys)[:3])}")
            return WRONG
        found: dict[str, Found] = {}
        for name, value in node.pairs:
            key = self.keys.get(name.text)
            if key is None:
                mistakes.add(name.place, f"{shown(name.text)} is not a key here{did_you_mean(name.text, self.keys)}")
            elif not (key.may_be_empty and isinstance(value, Scalar) and is_null(value)):
                found[name.text] = Found(key.shape.read(value, mistakes), value.place)
        there = {name.text for name, _ in node.pairs}
        for required, key in self.keys.items():
            if key.is_required and required not in there:
                mistakes.add(node.place, f"{required} is missing here: {key.help}")
        return {known: one for known, one in found.items() if one.value is not WRONG}

    def schema(self) -> Schema:
        required = [name for name, key in self.keys.items() if key.is_required]
        return {
            "type": "object",
            "additionalProperties": False,
            **({"required": required} if required else {}),
            "properties": {name: _described(key) for name, key in self.keys.items()},
        }


def _described(key: Key) -> Schema:
    schema = key.shape.schema()
    if key.may_be_empty:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {"description": key.help, **schema}


@dataclass(frozen=True, slots=True)
class NamesShape:
    """A mapping with free names that differ in more than case; its value is a list of (name, `Found`)."""

    what: str
    name: Callable[[str], str]
    """Reads a name; raises `ValueError`."""
    item: Shape
    most: int

    def fits(self, node: Node) -> bool:
        return isinstance(node, MappingNode)

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if not isinstance(node, MappingNode):
            mistakes.add(node.place, f"{self.what} belongs here")
            return WRONG
        if not 1 <= len(node.pairs) <= self.most:
            mistakes.add(node.place, f"{len(node.pairs)} are named, and 1 to {self.most} belong here")
            return WRONG
        found: dict[str, tuple[str, Found]] = {}
        for key, value in node.pairs:
            read = self.item.read(value, mistakes)
            try:
                name = self.name(key.text)
            except ValueError as error:
                mistakes.add(key.place, str(error))
                continue
            if name.casefold() in found:
                mistakes.add(key.place, f"{shown(name)} is there twice; upper and lower case make no difference")
            elif read is not WRONG:
                found[name.casefold()] = (name, Found(read, value.place))
        return list(found.values())

    def schema(self) -> Schema:
        return {
            "type": "object",
            "minProperties": 1,
            "maxProperties": self.most,
            "additionalProperties": self.item.schema(),
        }


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
