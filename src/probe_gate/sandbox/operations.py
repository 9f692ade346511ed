"""The operations of the platform's API: their names, methods and paths."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    id: str
    short: str
    """Its name on the command line."""
    method: str
    path: str

    @property
    def is_read(self) -> bool:
        return self.method == "GET"


OPERATIONS: tuple[Operation, ...] = (
    Operation("triggerTestRun", "trigger", "POST", "/api/workspaces/{workspaceId}/test-run/trigger"),
    Operation("cancelTestRun", "cancel", "POST", "/api/workspaces/{workspaceId}/test-run/{testRunId}/cancel"),
    Operation("listTestRuns", "list", "GET", "/api/workspaces/{workspaceId}/target/{targetId}/test-runs"),
    Operation("getScores", "scores", "GET", "/api/workspaces/{workspaceId}/target/{targetId}/scores"),
    Operation("createTarget", "create", "POST", "/api/v2/workspaces/{workspaceId}/target"),
    Operation("updateTarget", "update", "PATCH", "/api/v2/workspaces/{workspaceId}/target/{targetId}"),
    Operation("getTarget", "get", "GET", "/api/v2/workspaces/{workspaceId}/target/{targetId}"),
    Operation("deleteTarget", "delete", "DELETE", "/api/workspaces/{workspaceId}/target/{targetId}"),
    Operation("listTargetTypes", "types", "GET", "/api/target/types"),
)

BY_ID = {operation.id: operation for operation in OPERATIONS}
BY_NAME = {operation.short: operation for operation in OPERATIONS} | BY_ID

_PATTERNS = [(operation, re.compile(re.sub(r"\{\w+\}", "[^/]+", operation.path))) for operation in OPERATIONS]


def find_operation(method: str, path: str) -> Operation | None:
    """Return the operation of a request, or None."""
    for operation, pattern in _PATTERNS:
        if operation.method == method and pattern.fullmatch(path):
            return operation
    return None


def methods_at(path: str) -> tuple[str, ...]:
    """Return the HTTP methods that the API has for a path."""
    return tuple(operation.method for operation, pattern in _PATTERNS if pattern.fullmatch(path))
