"""Strict JSON, whole and as an array that arrives in chunks."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.probe_api.strict_json import MAX_DEPTH, MAX_ELEMENT_LENGTH, JsonError, iter_array, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TRICKY = st.sampled_from(['},{"id":', '"', "\\", '\\"', "]", "[", "}", "{", ",", '"},{"', "\\\\", "]}"])
BLANK = st.text(" \t\r\n", max_size=3)


@given(JSON)
def test_good_json_is_read(value: Any) -> None:
    """With or without a byte-order mark."""
    body = json.dumps(value).encode()
    if any(len(digits) > 20 for digits in filter(str.isdigit, body.decode().replace("-", " ").split())):
        return
    try:
        assert parse_json(body) == parse_json(b"\xef\xbb\xbf" + body) == value
    except JsonError as error:
        assert "out of range" in str(error)  # noqa: PT017 - an integer of more than 20 digits is none of ours


@given(st.binary(max_size=50) | st.text('[]{},:"\\ 1eE-.truefalsn', max_size=50).map(str.encode))
def test_no_bytes_whatever_crash_the_parser(body: bytes) -> None:
    """They are read, or refused with a reason."""
    try:
        parse_json(body)
    except JsonError as error:
        assert str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("body", "is_truncated", "is_page"),
    [
        (b"", True, False),
        (b'{"a": 1', True, False),
        (b'{"a": "xyz', True, False),
        (b'{"a": tru', True, False),
        (b'{"a": trux', False, False),
        (b"<html>", False, True),
        (b"Service unavailable", False, True),
        ('{"a": 1}'.encode("utf-16"), False, True),
        (b'{"a": 1}}', False, False),
        (b'{"a": 1, "a": 1}', False, False),
    ],
)
def test_what_was_cut_and_what_is_no_json_at_all_are_told_apart(body: bytes, is_truncated: bool, is_page: bool) -> None:
    """One is worth asking again, the other is a wrong address or a page in between."""
    with pytest.raises(JsonError) as caught:
        parse_json(body)
    assert (caught.value.is_truncated, caught.value.is_page) == (is_truncated, is_page)


def test_nesting_is_bounded() -> None:
    """At a depth no answer of an API has."""
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for levels in (MAX_DEPTH + 1, 500, 100_000):
        with pytest.raises(JsonError, match="too deep"):
            parse_json(b"[" * levels + b"]" * levels)


@given(st.dictionaries(st.text(), JSON, min_size=1), st.booleans(), st.data())
def test_every_beginning_of_an_answer_is_known_for_one(
    value: dict[str, Any], is_ascii: bool, data: st.DataObject
) -> None:
    """Wherever the connection was cut."""
    body = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "replace")
    body = body[: data.draw(st.integers(1, len(body) - 1))]
    with pytest.raises(JsonError) as caught:
        parse_json(body)
    assert caught.value.is_truncated or "out of range" in str(caught.value)


def array(values: list[Any], blank: str, *, is_ascii: bool) -> bytes:
    """The array with those blanks around every element."""
    texts = [blank + json.dumps(value, ensure_ascii=is_ascii) + blank for value in values]
    return f"{blank}[{','.join(texts) or blank}]{blank}".encode("utf-8", "replace")


def chunks_of(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


ELEMENTS = st.lists(JSON | TRICKY | st.dictionaries(TRICKY, TRICKY, max_size=2), max_size=6)


@given(ELEMENTS, BLANK, st.booleans(), st.integers(1, 40))
def test_the_elements_are_the_same_however_the_array_is_cut(
    values: list[Any], blank: str, is_ascii: bool, size: int
) -> None:
    """Whatever brackets, quotes and commas stand in its texts."""
    body = array(values, blank, is_ascii=is_ascii)
    assert list(iter_array(chunks_of(body, size))) == list(iter_array([body])) == json.loads(body)


@given(ELEMENTS, BLANK, st.data())
def test_an_array_that_ends_early_yields_what_is_complete_and_then_fails(
    values: list[Any], blank: str, data: st.DataObject
) -> None:
    """Wherever the connection was cut: no element is lost, none is made of half of one."""
    body = array(values, blank, is_ascii=True).rstrip()
    body = body[: data.draw(st.integers(0, len(body) - 1))]
    found: list[Any] = []
    with pytest.raises(JsonError) as caught:
        found.extend(iter_array([body]))
    assert caught.value.is_truncated
    assert found == values[: len(found)]


def test_an_element_is_yielded_before_the_next_chunk_is_asked_for() -> None:
    """So that reading can stop early."""

    def chunks() -> Iterator[bytes]:
        yield b'[{"a": 1}, {"b'
        raise AssertionError("not needed")

    assert next(iter_array(chunks())) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1,,2]", "not JSON"),
        (b"[,1]", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"[{]}]", "not JSON"),
        (b"[}]", "not JSON"),
        (b"[1}]", "not JSON"),
        (b"[1 2]", "not JSON"),
        (b"[{} {}]", "not JSON"),
        (b"[] []", "continues"),
        (b"[]]", "continues"),
        (b"[1] x", "continues"),
        (b"{}", "not a list"),
        (b"null", "not a list"),
        (b"<html>[1]", "not a list"),
        (b"", "empty"),
        (b" \n", "empty"),
        (b'[{"a": NaN}]', "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"[1e999]", "out of range"),
        (b"[" + b"9" * 5000 + b"]", "out of range"),
        (b'[{"a": 1, "a": 2}]', "twice"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
        (b'["\xff"]', "UTF-8"),
        ("[1]".encode("utf-16"), "UTF-8"),
        ("[1]".encode("utf-16-be"), "UTF-8"),
        (b"[1]\xc3", "ends too early"),
    ],
)
def test_what_is_no_array_is_refused(body: bytes, reason: str) -> None:
    """However it is cut."""
    with pytest.raises(JsonError, match=reason):
        list(iter_array([body]))
    with pytest.raises(JsonError):
        list(iter_array(chunks_of(body, 1)))


@pytest.mark.parametrize("size", [65_536, 1_500_001, 8_000_000])
def test_an_element_that_is_too_long_is_refused(size: int) -> None:
    """It is not gathered without end; one within the bound is read."""
    fits = json.dumps(["x" * (MAX_ELEMENT_LENGTH - 100)]).encode()
    assert len(next(iter_array(chunks_of(fits, size)))) == MAX_ELEMENT_LENGTH - 100
    for end in (b'"]', b""):
        body = b'["' + b"x" * 4_000_000 + end
        if size < len(body):
            with pytest.raises(JsonError, match="too long"):
                list(iter_array(chunks_of(body, size)))


def test_blanks_without_end_are_not_gathered() -> None:
    """Before the list, before its elements and behind it; none is lost for them."""
    blanks = [b" \n" * 100_000] * 40
    pieces = [*blanks, b"[", *blanks, b'{"id": 7},', *blanks, b'{"id": 8}]', *blanks]
    tracemalloc.start()
    found = list(iter_array(pieces))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [{"id": 7}, {"id": 8}]
    assert most < 4 * 2**20
