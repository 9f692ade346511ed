"""Every request that the client makes keeps to the platform's API description, as openapi-core reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.operations import OPERATIONS
from probe_gate.sandbox.recorder import Request
from probe_gate.sandbox.server import SandboxServer
from tests.contract.documents import target_files, variables_for
from tests.integration.target_files import TOKEN, write_target

CONTRACT = OpenAPI.from_file_path(str(Path(__file__).parent / "openapi.json"))
QUICK = ("--poll-interval", "0.1s..0.3s", "--settle", "0.1s")
MARK = "pg-3f9a2c1b.2.k4x7q2"


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[Request]:
    """All requests of a session that uses every command, and every kind of target file, once."""
    directory = tmp_path_factory.mktemp("session")
    with SandboxServer("passing", speed=60, targets=60) as sandbox:
        environ = {**sandbox.environment, "PROBE_TARGET_TOKEN": TOKEN}
        reports = ("--report-dir", str(directory / "report"))

        def run(*arguments: str, **variables: str) -> None:
            assert run_command(list(arguments), {**environ, **variables}) == 0, arguments

        run("check", *reports)
        run("run", *QUICK, *reports)
        run("run", *QUICK, *reports, "--probe-ids", "1,2", "--run-ai-analysis", "--notify", "--name", "x" * 150)
        run("run", *QUICK, *reports, "--probe-ids", "recommended")
        run("run", *QUICK, *reports, "--target-file", write_target(directory))
        run("run", *QUICK, *reports, "--target-file", write_target(directory, target_id=2, rateLimit="61"))
        run("runs", "list")
        run("runs", "cancel", str(sandbox.platform.engine.trigger(1, None, "by hand")))
        sandbox.platform.engine.trigger(1, None, f"{MARK} main")
        run("runs", "cancel", "--mark", MARK)
        run("target", "types")
        run("target", "show")
        run("target", "create", write_target(directory))
        run("target", "update", write_target(directory), "--target-id", "3", "--send-secrets")
        run("target", "apply", write_target(directory, target_id=4, language="de"))
        run("target", "delete", "--target-id", "5", "--yes")
        for place, text in enumerate(target_files("targets.md")):
            bare = text.replace("id: 42 # leave it out for a target that is yet to be made\n", "")
            file = directory / f"{place}.yml"
            file.write_text(bare, encoding="utf-8")
            run("target", "create", str(file), **variables_for(bare))
            run("target", "update", str(file), "--target-id", "6", **variables_for(bare))
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


def test_the_session_used_all_nine_operations(requests: list[Request]) -> None:
    """None that the client can make is left out."""
    assert {request.operation for request in requests} == {operation.id for operation in OPERATIONS}
    assert len(OPERATIONS) == 9


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
