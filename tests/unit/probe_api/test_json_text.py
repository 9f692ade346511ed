"""Strict JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.probe_api.json_text import MOST_LEVELS, JsonError, parse_json
from tests.unit.probe_api.test_splitter import JSON


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
    ("body", "is_cut", "is_page"),
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
def test_what_was_cut_and_what_is_no_json_at_all_are_told_apart(body: bytes, is_cut: bool, is_page: bool) -> None:
    """One is worth asking again, the other is a wrong address or a page in between."""
    with pytest.raises(JsonError) as caught:
        parse_json(body)
    assert (caught.value.is_cut, caught.value.is_page) == (is_cut, is_page)


def test_nesting_is_bounded() -> None:
    """At a depth no answer of an API has."""
    assert parse_json(b"[" * MOST_LEVELS + b"]" * MOST_LEVELS)
    for levels in (MOST_LEVELS + 1, 500, 100_000):
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
    assert caught.value.is_cut or "out of range" in str(caught.value)
