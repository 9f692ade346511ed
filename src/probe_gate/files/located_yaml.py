"""Parser of YAML and JSON into dicts, lists and text, each value with its line and column.

Values are built from the events of PyYAML's parser, without tags, aliases or implicit types. A scalar remains the text in
the file; `scalars` converts it to the type that is expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from probe_gate.domain.text import plain_line
from probe_gate.files.problems import TOP, Place, Problems

if TYPE_CHECKING:
    import yaml
    from yaml.events import Event

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
"""The maximum levels of nesting; a policy has five, a target a few more."""

_UNPRINTABLE = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\t')
_ESCAPED_PAIR = re.compile(r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|.)")


class Scalar(str):
    """A single value, as its text in the file."""

    __slots__ = ("is_quoted", "place")

    place: Place
    is_quoted: bool
    """Whether it is quoted or a block, and therefore text."""

    def __new__(cls, text: str, place: Place, *, is_quoted: bool = False) -> Scalar:
        self = super().__new__(cls, text)
        self.place = place
        self.is_quoted = is_quoted
        return self


class LocatedList(list[Any]):
    """A list of located values."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


class LocatedDict(dict[Any, Any]):
    """A mapping of scalars, which equal their text, to located values."""

    __slots__ = ("key_places", "place")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}


LocatedValue = Scalar | LocatedList | LocatedDict


def key_place(root: LocatedValue, path: Sequence[str | int]) -> Place:
    """Return the place of the key at the end of a path."""
    found: Any = root
    for part in path[:-1]:
        found = found[part]
    place: Place = found.key_places[path[-1]]
    return place


class _UnreadableError(Exception):
    """The text is not YAML or too deeply nested, so no more problems can be found."""


def load_located(data: bytes, problems: Problems) -> LocatedValue | None:
    """Parse the only document of a YAML or JSON file.

    Anchors, aliases, tags, merge keys and duplicate keys are added to `problems`.

    Returns:
        The value; None if the file is empty or cannot be parsed, which is in `problems` as well.
    """
    if len(data) > MAX_BYTES:
        problems.add(TOP, f"the file is larger than {MAX_BYTES // 1024} KiB")
        return None
    try:
        return _parse(_json_as_yaml(_decode(data)), problems)
    except _UnreadableError:
        return None
    except ValueError as error:
        problems.add(TOP, str(error))
        return None


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("the file is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8 text; save the file as UTF-8") from None


def _json_as_yaml(text: str) -> str:
    """Return JSON in a form that YAML parsers accept: without tabs between tokens and without escaped surrogate pairs."""
    if not text.lstrip().startswith(("{", "[")):
        return text

    def token(match: re.Match[str]) -> str:
        return " " if match[0] == "\t" else _ESCAPED_PAIR.sub(pair, match[0])

    def pair(match: re.Match[str]) -> str:
        if match["high"] is None:
            return match[0]
        return chr(0x10000 + ((int(match["high"], 16) - 0xD800) << 10) + (int(match["low"], 16) - 0xDC00))

    return _JSON_TOKEN.sub(token, text)


def _parse(text: str, problems: Problems) -> LocatedValue | None:
    import yaml

    odd = _UNPRINTABLE.search(text)
    if odd is not None:
        before = text[: odd.start()]
        place = Place(before.count("\n") + 1, odd.start() - before.rfind("\n"))
        problems.add(place, f"a character (U+{ord(odd[0]):04X}) that is not allowed in a text file")
        raise _UnreadableError
    # the C parser is equivalent and much faster, but not available everywhere
    events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        return _Builder(events, problems).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else TOP
        problems.add(place, f"this is not YAML: {_describe(error, _character_at(text, place))}")
    except yaml.YAMLError as error:
        problems.add(TOP, f"this is not YAML: {plain_line(str(error), 200)}")
    raise _UnreadableError


def _character_at(text: str, place: Place) -> str:
    line = text.split("\n", place.line)[place.line - 1 : place.line]
    return line[0][place.column - 1 : place.column] if line else ""


def _describe(error: yaml.MarkedYAMLError, character: str) -> str:
    message = ", ".join(part for part in (error.context, error.problem) if part)
    if "alias" in message:
        return 'an unquoted * is an alias in YAML; write "*" in quotes'
    if character == "\t":
        return "tabs are not allowed here; indent with spaces"
    return plain_line(message, 200)


class _Builder:
    def __init__(self, events: Iterator[Event], problems: Problems) -> None:
        self._events = events
        self._problems = problems

    def build(self) -> LocatedValue | None:
        from yaml import DocumentStartEvent, ScalarEvent, StreamEndEvent

        root: LocatedValue | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._problems.add(_place(event), "a second document begins here (---); only one is allowed")
                    return root
                first = next(self._events)
                is_empty = isinstance(first, ScalarEvent) and not first.value and not first.style and not first.anchor
                root = None if is_empty else self._value(first, 1)
            elif isinstance(event, StreamEndEvent):
                break
        return root

    def _value(self, event: Event, depth: int) -> LocatedValue:
        from yaml import MappingStartEvent, ScalarEvent, SequenceStartEvent

        place = _place(event)
        if depth > MAX_DEPTH:
            self._problems.add(place, f"more than {MAX_DEPTH} levels of nesting")
            raise _UnreadableError
        self._reject_unsupported(event, place)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, SequenceStartEvent):
            return self._list(place, depth)
        if isinstance(event, MappingStartEvent):
            return self._mapping(place, depth)
        return Scalar("", place, is_quoted=True)  # an alias, which has been reported

    def _reject_unsupported(self, event: Event, place: Place) -> None:
        from yaml import AliasEvent

        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self._problems.add(place, f"an alias (*{_name(anchor or '')}) is not accepted; write the value out")
        elif anchor:
            self._problems.add(place, f"an anchor (&{_name(anchor)}) is not accepted; write the value out")
        if tag:
            self._problems.add(place, f"a tag ({_name(tag)}) is not accepted; write the plain value")

    def _scalar(self, event: Any, place: Place) -> Scalar:
        text = event.value
        if _SURROGATE.search(text):
            self._problems.add(place, "it contains half a surrogate pair, which is not a character")
            text = _SURROGATE.sub("?", text)
        return Scalar(text, place, is_quoted=bool(event.style))

    def _list(self, place: Place, depth: int) -> LocatedList:
        from yaml import SequenceEndEvent

        found = LocatedList(place)
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            found.append(self._value(event, depth + 1))
        return found

    def _mapping(self, place: Place, depth: int) -> LocatedDict:
        from yaml import MappingEndEvent

        found = LocatedDict(place)
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._value(event, depth + 1)
            value = self._value(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._problems.add(key.place, "a key must be a plain word")
            elif key == "<<" and not key.is_quoted:
                self._problems.add(key.place, "a merge key (<<) is not accepted; write the keys out")
            elif key in found:
                self._problems.add(
                    key.place, f"{_name(key)} appears twice; the first is on line {found.key_places[key].line}"
                )
            else:
                found[key] = value
                found.key_places[key] = key.place
        return found


def _place(event: Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else TOP


def _name(text: str) -> str:
    return plain_line(text, 60)
