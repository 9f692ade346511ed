"""The JSON Schema of the policy file says what the check says, as far as a schema can."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from probe_gate.files.policy_model import policy_schema
from tests.harness.policy_cases import CASES, Case

VALIDATOR = Draft202012Validator(policy_schema())


class EditorLoader(yaml.SafeLoader):
    """Reads dates as text and keys as they stand, like the YAML of editors."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(case: Case) -> Any:
    return yaml.load(case.data, EditorLoader)  # noqa: S506 - a safe loader with less in it


def test_it_is_a_right_schema() -> None:
    """Of the draft that it names."""
    Draft202012Validator.check_schema(policy_schema())
    assert policy_schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("case", [case for case in CASES if not case.told], ids=lambda case: case.name)
def test_an_editor_finds_no_fault_in_a_good_file(case: Case) -> None:
    """Whatever the check accepts, the schema accepts."""
    assert list(VALIDATOR.iter_errors(load(case))) == []


NOT_TOLD_BY_A_SCHEMA = {
    # YAML has taken these apart before a schema sees them
    "UTF-16",
    "a category twice in another case",
    "a hexadecimal number",
    "a key twice",
    "a merge key",
    "a number to base 60",
    "a plus sign",
    "a tag of a number",
    "a time of day",
    "an anchor and an alias",
    "not a number",
    "underscores",
    "yes for true",
    # JSON has one number for both
    "a version with a point",
    # text that no pattern refuses
    "an ugly category",
    "bidirectional text",
    "blank text",
    "no time",
    "too much text",
    # what only the whole file or the calendar tells
    "a check waived twice",
    "a day that is none",
    "a target twice",
    "a waiver for a target that is not there",
    "a waiver too far ahead",
}


def test_what_a_schema_cannot_tell_is_known() -> None:
    """All other mistakes of readable files are shown while the file is written."""
    missed = set()
    for case in CASES:
        if not case.told or case.name == "nesting without end":
            continue
        try:
            value = load(case)
        except (yaml.YAMLError, RecursionError):
            continue
        if VALIDATOR.is_valid(value):
            missed.add(case.name)
    assert missed == NOT_TOLD_BY_A_SCHEMA


def test_only_an_empty_section_may_be_null() -> None:
    """A key that may be left out does not take null for its value."""
    nullable = {
        path for path, schema in _properties(policy_schema(), "") if {"type": "null"} in schema.get("anyOf", ())
    }
    assert {path.rpartition("/")[2] for path in nullable} == {"policy", "targets", "waivers"}


def test_every_key_is_explained() -> None:
    """Editors show the description when the pointer rests on a key."""
    missing = [path for path, schema in _properties(policy_schema(), "") if not schema.get("description")]
    assert missing == []


def _properties(schema: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if isinstance(schema, dict):
        for name, one in schema.get("properties", {}).items():
            found.append((f"{path}/{name}", one))
        for name, part in schema.items():
            found += _properties(part, f"{path}/{name}")
    elif isinstance(schema, list):
        for part in schema:
            found += _properties(part, path)
    return found
