"""Every request that the client makes keeps to the platform's API description, as openapi-core reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from probe_gate.sandbox.operations import OPERATIONS
from probe_gate.sandbox.recorder import Request
from probe_gate.sandbox.server import SandboxServer
from tests.contract.session import TARGETS, use_every_command

CONTRACT = OpenAPI.from_file_path(str(Path(__file__).parent / "openapi.json"))


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[Request]:
    """All requests of a session that uses every command, and every kind of target file, once."""
    with SandboxServer("passing", speed=60, targets=TARGETS) as sandbox:
        use_every_command(sandbox, tmp_path_factory.mktemp("session"), sandbox.environment)
        return sandbox.requests


def problems_of(request: Request) -> Iterator[str]:
    """What is wrong with a request."""
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    body = request.body or None
    mock = MockRequest(
        "https://api.probe.splx.ai", request.method, request.path, headers={**headers, "X-Api-Key": "key"}, data=body,
        content_type=headers.get("content-type", "application/json"),
    )  # fmt: skip
    try:
        CONTRACT.validate_request(mock)
    except OpenAPIError as error:
        yield f"{request.method} {request.path}: {error!r} {error.__cause__!r} {request.body[:500]!r}"


def test_every_request_keeps_to_the_contract(requests: list[Request]) -> None:
    """Paths, headers, parameters and bodies; the key goes with each."""
    assert [problem for request in requests for problem in problems_of(request)] == []
    assert {request.key for request in requests} == {"right"}


def test_the_session_used_every_operation(requests: list[Request]) -> None:
    """None that the client can make is left out."""
    assert {request.operation for request in requests} == {operation.id for operation in OPERATIONS}


def test_a_request_says_nothing_that_the_contract_does_not_know(requests: list[Request]) -> None:
    """No query, no cookie; JSON where there is a body."""
    for request in requests:
        assert "?" not in request.path
        assert "cookie" not in request.headers
        assert ("content-type" in request.headers) is bool(request.body)


def test_a_request_that_breaks_the_contract_would_be_seen(requests: list[Request]) -> None:
    """The check itself can fail: at a field more, a field less, and a wrong type."""
    (request, *_) = [one for one in requests if one.operation == "triggerTestRun"]
    body = json.loads(request.body)
    for broken in (
        {**body, "more": 1},
        {name: body[name] for name in body if name != "name"},
        {**body, "targetId": "1"},
    ):
        wrong = Request(
            1, request.method, request.path, None, 0.0, request.headers, 1, body=json.dumps(broken).encode()
        )
        assert list(problems_of(wrong))
