"""The operations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probe_gate.sandbox.operations import OPERATIONS, find_operation, methods_at

CONTRACT = json.loads((Path(__file__).parents[2] / "contract" / "openapi.json").read_text())


def test_they_are_those_of_the_contract() -> None:
    """Names, methods and paths."""
    described = {
        (operation["operationId"], method.upper(), path)
        for path, methods in CONTRACT["paths"].items()
        for method, operation in methods.items()
    }
    assert {(operation.id, operation.method, operation.path) for operation in OPERATIONS} == described


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/workspaces/1/target/2/scores", "getScores"),
        ("DELETE", "/api/workspaces/1/target/2", "deleteTarget"),
        ("DELETE", "/api/v2/workspaces/1/target/2", None),
        ("GET", "/api/workspaces/1/target/2/scores/", None),
        ("GET", "/api/workspaces/1/target/2/3/scores", None),
    ],
)
def test_a_request_is_of_one_of_them_or_of_none(method: str, path: str, expected: str | None) -> None:
    """By its whole path."""
    found = find_operation(method, path)
    assert (found.id if found else None) == expected


def test_a_path_can_have_several_methods() -> None:
    """Then all of them are allowed there."""
    assert set(methods_at("/api/v2/workspaces/1/target/2")) == {"PATCH", "GET"}
    assert methods_at("/elsewhere") == ()
