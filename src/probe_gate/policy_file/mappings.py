"""What a mapping of the file may look like: one with known keys, or one with free names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.parsing import shown
from probe_gate.domain.suggestions import did_you_mean
from probe_gate.policy_file.scalars import is_null
from probe_gate.policy_file.shapes import WRONG, Found, Schema, Shape
from probe_gate.yaml_text.mistakes import Mistakes
from probe_gate.yaml_text.tree import MappingNode, Node, Scalar


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
