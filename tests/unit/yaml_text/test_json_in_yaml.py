"""Any JSON text is read by the YAML reader as what it says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.yaml_text.json_in_yaml import as_yaml
from probe_gate.yaml_text.mistakes import Mistakes
from probe_gate.yaml_text.tree import ListNode, MappingNode, Node, parse_tree

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.dictionaries(
    TEXT,
    st.recursive(
        TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
    ),
    min_size=1,
)


def plain(node: Node | None) -> Any:
    if isinstance(node, MappingNode):
        return {key.text: plain(value) for key, value in node.pairs}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.text if node is not None else None


@given(value=JSON, indent=st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_it_was_written(value: dict[str, Any], indent: int | str | None) -> None:
    """Tabs between tokens and characters beyond 16 bits included."""
    mistakes = Mistakes("f.json")
    assert plain(parse_tree(as_yaml(json.dumps(value, indent=indent)), mistakes)) == value
    assert len(mistakes) == 0


def test_lines_stay_where_they_are() -> None:
    """A mistake is told with its line in the file."""
    text = '{\n\t"a": "\\ud83d\\ude00",\n\t"b": [1]\n}'
    tree = parse_tree(as_yaml(text), Mistakes("f.json"))
    assert isinstance(tree, MappingNode)
    assert [(key.place.line, key.place.column) for key, _ in tree.pairs] == [(2, 2), (3, 2)]


@given(text=st.text(max_size=60))
def test_other_text_is_left_as_it_is(text: str) -> None:
    """YAML keeps its tabs, and is told off for them."""
    if not text.lstrip().startswith(("{", "[")):
        assert as_yaml(text) == text
