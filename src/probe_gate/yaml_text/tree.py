"""YAML text to a small tree of plain nodes, each with its place; whatever is more than that is refused.

PyYAML's parser yields events; they are built into nodes here, so that no tag is ever followed, no alias ever
expanded, and no value ever guessed at. What a scalar means is decided where it is known what it should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probe_gate.domain.text import plain_line
from probe_gate.yaml_text.mistakes import Mistakes, Place

if TYPE_CHECKING:
    import yaml
    from yaml.events import Event

DEEPEST = 16
"""Levels of nesting; a policy has five, and a target not many more."""

_UNPRINTABLE = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as text."""

    text: str
    is_quoted: bool
    """Quotes, or a block, say that it is text whatever it looks like."""
    place: Place


@dataclass(frozen=True, slots=True)
class ListNode:
    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MappingNode:
    pairs: tuple[tuple[Scalar, Node], ...]
    """No key twice."""
    place: Place


Node = Scalar | ListNode | MappingNode


class UnreadableError(Exception):
    """The text is not YAML, or is nested too deeply: nothing more can be said about it."""


def decode(data: bytes) -> str:
    """The bytes as text. Raises `ValueError` in words."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("the file is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8 text; save the file as UTF-8") from None


def parse_tree(text: str, mistakes: Mistakes) -> Node | None:
    """The tree; None when the text holds nothing. Raises `UnreadableError` after saying why in the mistakes."""
    import yaml

    odd = _UNPRINTABLE.search(text)
    if odd is not None:
        before = text[: odd.start()]
        place = Place(before.count("\n") + 1, odd.start() - before.rfind("\n"))
        mistakes.add(place, f"a character (U+{ord(odd[0]):04X}) that no text file should hold")
        raise UnreadableError
    # The C parser says the same as the Python one, many times as fast; not every system has it.
    events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        return _Builder(events, mistakes).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        mistakes.add(place, f"this is not YAML: {_in_words(error, _character_at(text, place))}")
        raise UnreadableError from None
    except yaml.YAMLError as error:
        mistakes.add(Place(1, 1), f"this is not YAML: {plain_line(str(error), 200)}")
        raise UnreadableError from None


def _character_at(text: str, place: Place) -> str:
    line = text.split("\n", place.line)[place.line - 1 : place.line]
    return line[0][place.column - 1 : place.column] if line else ""


def _in_words(error: yaml.MarkedYAMLError, character: str) -> str:
    said = ", ".join(part for part in (error.context, error.problem) if part)
    if "alias" in said:
        return 'a * stands for something else in YAML; write "*" in quotes'
    if character == "\t":
        return "a tab where blanks belong; indent with blanks"
    return plain_line(said, 200)


class _Builder:
    def __init__(self, events: Iterator[Event], mistakes: Mistakes) -> None:
        self._events = events
        self._mistakes = mistakes

    def build(self) -> Node | None:
        from yaml import DocumentStartEvent, ScalarEvent, StreamEndEvent

        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._mistakes.add(_place(event), "a second document begins here (---); a file is one document")
                    return root
                first = next(self._events)
                bare = isinstance(first, ScalarEvent) and not first.value and not first.style and not first.anchor
                root = None if bare else self._node(first, 1)
            elif isinstance(event, StreamEndEvent):
                break
        return root

    def _node(self, event: Event, depth: int) -> Node:
        from yaml import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

        place = _place(event)
        if depth > DEEPEST:
            self._mistakes.add(place, f"more than {DEEPEST} levels of nesting")
            raise UnreadableError
        self._refuse_specials(event, place)
        if isinstance(event, ScalarEvent):
            return Scalar(event.value, bool(event.style), place)
        if isinstance(event, SequenceStartEvent):
            return ListNode(tuple(self._items(depth)), place)
        if isinstance(event, MappingStartEvent):
            return self._mapping(place, depth)
        if isinstance(event, AliasEvent):
            return Scalar("", True, place)
        raise UnreadableError  # pragma: no cover - the parser yields no other event here

    def _refuse_specials(self, event: Event, place: Place) -> None:
        from yaml import AliasEvent

        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self._mistakes.add(place, f"an alias (*{_name(anchor or '')}) is not taken; write the value out")
        elif anchor:
            self._mistakes.add(place, f"an anchor (&{_name(anchor)}) is not taken; write the value out")
        if tag:
            self._mistakes.add(place, f"a tag ({_name(tag)}) is not taken; write the plain value")

    def _items(self, depth: int) -> Iterator[Node]:
        from yaml import SequenceEndEvent

        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _mapping(self, place: Place, depth: int) -> MappingNode:
        from yaml import MappingEndEvent

        pairs: dict[str, tuple[Scalar, Node]] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._mistakes.add(key.place, "a key must be a plain word")
            elif key.text == "<<" and not key.is_quoted:
                self._mistakes.add(key.place, "a merge key (<<) is not taken; write the keys out")
            elif key.text in pairs:
                first = pairs[key.text][0].place.line
                self._mistakes.add(key.place, f"{_name(key.text)} is there twice; the first is in line {first}")
            else:
                pairs[key.text] = (key, value)
        return MappingNode(tuple(pairs.values()), place)


def _place(event: Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _name(text: str) -> str:
    return plain_line(text, 60)
