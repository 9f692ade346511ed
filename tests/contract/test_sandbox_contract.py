"""The sandbox held to the platform's description by schemathesis: all operations, all checks."""

from __future__ import annotations

import copy
import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_core import OpenAPI
from schemathesis.config import SchemathesisConfig

from probe_gate.sandbox.operations import OPERATIONS
from probe_gate.sandbox.platform import WORKSPACE_ID
from probe_gate.sandbox.server import DEFAULT_KEY, SandboxServer
from tests.harness.waiting import MAX_WAIT_SECONDS
from tests.platform_faults import FaultySandbox

HISTORY, TARGETS = 2, 5
FIRST_RUN_ID = HISTORY * TARGETS + 1
MANY = 20

DESCRIPTION: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text())


def pinned(description: dict[str, Any], **values: int) -> dict[str, Any]:
    """The description with only these values for the path parameters of these names, so that more than
    401 and 403 is seen."""
    narrowed = copy.deepcopy(description)
    for methods in narrowed["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in values:
                    parameter["schema"]["enum"] = [values[parameter["name"]]]
    narrowed["components"]["schemas"]["TriggerTestRunRequest"]["properties"]["targetId"]["enum"] = [1]
    return narrowed


# Every corner of each schema is tried once, where it is looked at: with the right workspace and target.
without_corners = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})
anywhere = schemathesis.openapi.from_dict(DESCRIPTION, config=without_corners)
in_our_workspace = schemathesis.openapi.from_dict(pinned(DESCRIPTION, workspaceId=WORKSPACE_ID, testRunId=FIRST_RUN_ID))
on_our_target = schemathesis.openapi.from_dict(pinned(DESCRIPTION, workspaceId=WORKSPACE_ID, targetId=1))
on_another_target = schemathesis.openapi.from_dict(pinned(DESCRIPTION, workspaceId=WORKSPACE_ID, targetId=2))

pytestmark = pytest.mark.slow  # some thousand requests

bounded = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """With one run; in the end, every operation that was asked for a lot must have said yes at least once."""
    with FaultySandbox("passing", speed=1000, history=HISTORY, targets=TARGETS) as server:
        server.platform.engine.trigger(1, None, "to be cancelled")
        yield server
        assert server.recorder.bugs == []
        asked = Counter(request.operation for request in server.requests)
        agreed = {request.operation for request in server.requests if request.status == 200}
        assert {operation for operation, times in asked.items() if operation and times > MANY} <= agreed


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as kept:
        yield kept


def hold(case: Any, sandbox: SandboxServer, session: requests.Session) -> None:
    case.call_and_validate(base_url=sandbox.url, headers={"X-Api-Key": DEFAULT_KEY}, session=session)


@anywhere.parametrize()
@bounded
def test_any_request_is_answered_as_described(case: Any, sandbox: SandboxServer, session: requests.Session) -> None:
    """Whatever the workspace, and with a wrong key or none."""
    hold(case, sandbox, session)


@in_our_workspace.exclude(path_regex="targetId").parametrize()
@bounded
def test_requests_to_the_workspace_are_answered_as_described(
    case: Any, sandbox: SandboxServer, session: requests.Session
) -> None:
    """Targets are created, runs started and cancelled, types listed."""
    hold(case, sandbox, session)


@on_our_target.include(path_regex="targetId").exclude(method="DELETE").parametrize()
@bounded
def test_requests_to_a_target_are_answered_as_described(
    case: Any, sandbox: SandboxServer, session: requests.Session
) -> None:
    """Runs are listed, scores read, settings changed."""
    hold(case, sandbox, session)


@on_another_target.include(method="DELETE").parametrize()
@bounded
def test_deletions_are_answered_as_described(case: Any, sandbox: SandboxServer, session: requests.Session) -> None:
    """The first of them deletes."""
    hold(case, sandbox, session)


def test_the_sandbox_describes_the_same_operations(sandbox: SandboxServer) -> None:
    """Under its own /openapi.json."""
    with urllib.request.urlopen(f"{sandbox.url}/openapi.json", timeout=MAX_WAIT_SECONDS) as answer:  # noqa: S310 - loopback
        own = json.load(answer)
    for operation in OPERATIONS:
        described = own["paths"][operation.path][operation.method.lower()]
        assert described["operationId"] == operation.id
        parameters = DESCRIPTION["paths"][operation.path][operation.method.lower()].get("parameters", [])
        assert {item["name"] for item in described.get("parameters", [])} == {item["name"] for item in parameters}
        assert ("requestBody" in described) == (operation.short in ("trigger", "create", "update"))
    OpenAPI.from_dict(own)


def test_the_checks_notice_an_answer_that_breaks_the_contract() -> None:
    """Otherwise all of the above would prove nothing."""
    operation = on_our_target["/api/workspaces/{workspaceId}/target/{targetId}/scores"]["GET"]
    case = operation.Case(path_parameters={"workspaceId": WORKSPACE_ID, "targetId": 1})
    with FaultySandbox("passing", ["score-text"]) as server:
        answer = case.call(base_url=server.url, headers={"X-Api-Key": DEFAULT_KEY})
        with pytest.raises(BaseException, match="eighty"):
            case.validate_response(answer)
