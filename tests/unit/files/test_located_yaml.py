"""YAML and JSON are read into located dicts, lists and text, and nothing is guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.files.located_yaml import LocatedDict, LocatedList, LocatedValue, Scalar, load_located
from probe_gate.files.problems import Place, Problems

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.dictionaries(
    TEXT,
    st.recursive(
        TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
    ),
    min_size=1,
)


def load(text: str) -> tuple[LocatedValue | None, tuple[str, ...]]:
    problems = Problems("f.yml")
    return load_located(text.encode(), problems), problems.lines()


@given(value=JSON, indent=st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_it_was_written(value: dict[str, Any], indent: int | str | None) -> None:
    """Tabs between tokens and characters beyond 16 bits included."""
    assert load(json.dumps(value, indent=indent)) == (value, ())


def test_every_value_has_its_place() -> None:
    """Keys, values, lists and mappings, in JSON as in YAML."""
    root, _ = load('{\n\t"a": "\\ud83d\\ude00",\n\t"b": [1]\n}')
    assert isinstance(root, LocatedDict)
    assert [key.place for key in root] == [Place(2, 2), Place(3, 2)]
    assert (root.place, root["a"].place, root["b"].place, root["b"][0].place) == (
        Place(1, 1),
        Place(2, 7),
        Place(3, 7),
        Place(3, 8),
    )
    assert (root["a"], root["a"].is_quoted, root["b"][0].is_quoted) == ("\N{GRINNING FACE}", True, False)


@pytest.mark.parametrize("text", ["yes", "080", "8e1", "1:20", "0x50", "1_000", "2026-11-24", "~", ".inf", "true", "1"])
def test_a_scalar_stays_the_text_that_it_is(text: str) -> None:
    """YAML's types are not applied."""
    root, problems = load(f"a: {text}")
    assert (root, problems) == ({"a": text}, ())
    assert isinstance(root, LocatedDict)
    assert type(root["a"]) is Scalar


def test_a_value_in_quotes_is_told_from_one_without() -> None:
    """Blocks count as quoted."""
    root, _ = load("- 'a'\n- \"a\"\n- a\n- >-\n  a\n")
    assert isinstance(root, LocatedList)
    assert [item.is_quoted for item in root] == [True, True, False, True]


def test_half_a_surrogate_pair_is_reported_and_replaced() -> None:
    """No text that is read holds what cannot be encoded. Either parser reports the escape."""
    root, problems = load('a: "x\\ud800"')
    assert len(problems) == 1
    assert "\ud800" not in repr(root)


@given(text=st.text(max_size=60))
def test_tabs_are_replaced_in_json_only(text: str) -> None:
    """In YAML a tab that indents is a problem."""
    root, problems = load(f"a:\n\tb: {text}")
    assert problems
    assert not isinstance(root, LocatedDict) or not root
