"""Cutting an array into its elements."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.probe_api.json_text import JsonError
from probe_gate.probe_api.splitter import Skipper, Split, find_boundary

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TRICKY = st.sampled_from(['},{"id":', '"', "\\", '\\"', "]", "[", "}", "{", ",", '"},{"', "\\\\", "]}"])
BLANK = st.text(" \t\r\n", max_size=3)


def inside(values: list[Any], blank: str, *, is_ascii: bool) -> bytes:
    """The array's inside with its closing bracket, with those blanks around every element."""
    texts = [blank + json.dumps(value, ensure_ascii=is_ascii) + blank for value in values]
    return (",".join(texts) + "]").encode("utf-8", "replace")


@given(st.lists(JSON | TRICKY | st.dictionaries(TRICKY, TRICKY, max_size=2), max_size=6), BLANK, st.booleans())
def test_the_elements_are_those_that_a_json_parser_finds(values: list[Any], blank: str, is_ascii: bool) -> None:
    """Whatever brackets, quotes and commas stand in texts."""
    buffer = inside(values, blank, is_ascii=is_ascii) + b" "
    split = Split(buffer)
    assert split.is_end
    assert buffer[split.rest :] == b" "
    assert [json.loads(buffer[start:end]) for start, end in split.elements] == json.loads(b"[" + buffer)


@given(st.lists(JSON, min_size=1, max_size=4), st.data())
def test_a_buffer_that_ends_anywhere_gives_its_whole_elements(values: list[Any], data: st.DataObject) -> None:
    """What is not whole begins where `rest` says, so that nothing is lost or read twice."""
    buffer = inside(values, "", is_ascii=False)
    cut = data.draw(st.integers(0, len(buffer)))
    first = Split(buffer[:cut])
    second = Split(buffer[first.rest :], is_first=not first.elements) if not first.is_end else None
    found = [buffer[start:end] for start, end in first.elements]
    if second is not None:
        found += [buffer[first.rest :][start:end] for start, end in second.elements]
    assert [json.loads(part) for part in found] == json.loads(b"[" + buffer)


@pytest.mark.parametrize("buffer", [b"1,,2]", b",1]", b"1,]", b"{]}]", b"}]", b"[1}]", b"1}", b" , ]"])
def test_what_is_no_array_is_refused(buffer: bytes) -> None:
    """Brackets that do not match, and nothing where an element belongs."""
    with pytest.raises(JsonError):
        Split(buffer)


def test_an_array_may_be_empty_but_not_end_in_a_comma() -> None:
    """The bracket after a comma is one of an element that is missing."""
    assert Split(b" ]").is_end
    with pytest.raises(JsonError):
        Split(b"]", is_first=False)


@pytest.mark.parametrize(
    ("buffer", "boundary"),
    [
        (b'{"id":1},{"id":2}]', b'},{"id":'),
        (b'{\n "id": 1},\n{\n "name": 2}]', b'},\n{\n "name":'),
        (b'{"a":{"b":1}},{"a":2},', b'}},{"a":'[1:]),
        (b'{"id":1},', None),
        (b"1,2,3]", None),
        (b"{},{},", None),
        (b"", None),
    ],
)
def test_the_boundary_is_what_stands_between_two_objects(buffer: bytes, boundary: bytes | None) -> None:
    """Up to the colon of the next one's first field."""
    assert find_boundary(buffer) == boundary


@given(JSON | TRICKY | st.dictionaries(TRICKY, TRICKY, max_size=2), st.sampled_from([",", "]"]), st.integers(1, 9))
def test_an_element_is_skipped_as_a_whole(value: Any, end: str, size: int) -> None:
    """In pieces of any size, whatever stands in it."""
    element = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    buffer = element + end.encode() + b'{"next": 1},'
    skipper = Skipper()
    for at in range(0, len(buffer), size):
        found = skipper.feed(buffer[at : at + size])
        if found is not None:
            assert at + found == len(element)
            return
    raise AssertionError("the end was not found")
