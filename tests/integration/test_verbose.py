"""What `--verbose` shows: each request, and what was decided because of its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe_gate.options import DEBUG_VARIABLES
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import COMMAND, environment, run, run_here
from tests.harness.servers import RawServer, answers
from tests.platform_faults import FaultySandbox

LINE = re.compile(
    r"^\d\d:\d\d:\d\dZ  (GET|POST|PATCH|DELETE) (/\S*): (\d{3}|no answer \([a-z-]+\)), [\d,]+ ms, [\d,]+ bytes: (.+)$",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with FaultySandbox(Scenario(pending_seconds=0.0, run_seconds=10.0, history=3), speed=50, targets=1) as server:
        yield server


@pytest.fixture(autouse=True)
def no_faults(sandbox: SandboxServer) -> None:
    sandbox.set_faults()


def test_each_request_of_a_gate_is_shown(sandbox: SandboxServer, tmp_path: Path) -> None:
    """As many lines as the platform was asked, in their order, with what came of each."""
    sandbox.set_faults("502@list:3-3", "dropped-response@trigger", "401@list:6-6", "key-echo=403@scores:2-2")
    before = len(sandbox.requests)
    ended = run_here(tmp_path, "run", "--verbose", env=environment(tmp_path, sandbox.environment))
    assert ended.code == 0, ended.output
    shown, asked = LINE.findall(ended.output), sandbox.requests[before:]
    assert [(method, path) for method, path, _, _ in shown] == [(request.method, request.path) for request in asked]
    decisions = {(path.rpartition("/")[2], status): decision for _, path, status, decision in shown}
    assert decisions["test-runs", "200"] == "accepted"
    assert decisions["test-runs", "502"].startswith("retrying in ")
    assert decisions["test-runs", "401"].startswith("retrying in ")
    assert decisions["scores", "403"].startswith("retrying in ")
    assert decisions["trigger", "no answer (truncated)"] == "it is not known whether the request was carried out"
    assert sandbox.api_key not in ended.output


@pytest.mark.parametrize("variable", DEBUG_VARIABLES)
def test_the_debug_logging_of_the_ci_system_shows_them_too(
    variable: str, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Who runs a job again with it wants to see what happens."""
    env = environment(tmp_path, sandbox.environment)
    assert not LINE.findall(run_here(tmp_path, "check", env=env).output)
    assert LINE.findall(run_here(tmp_path, "check", env={**env, variable: "true"}).output)


def test_a_refusal_shows_what_it_leads_to(sandbox: SandboxServer, tmp_path: Path) -> None:
    """With the outcome, by its word."""
    sandbox.set_faults("403@any:*")
    ended = run_here(tmp_path, "check", "--verbose", env=environment(tmp_path, sandbox.environment))
    assert [decision for *_, decision in LINE.findall(ended.output)] == ["given up (auth-error)"]


def test_programs_get_the_requests_as_json(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Every line is an object, and the last one is the verdict's."""
    env = environment(tmp_path, sandbox.environment)
    ended = run_here(tmp_path, "check", "--verbose", "--log-format", "json", env=env)
    lines = [json.loads(line) for line in ended.output.splitlines()]
    (request,) = [line for line in lines if line["step"] == "request"]
    assert (request["method"], request["status"], request["decision"]) == ("GET", 200, "accepted")
    assert request["bytes"] > 0
    assert lines[-1]["step"] == "ended"


@pytest.mark.slow
def test_the_result_of_another_command_stays_by_itself(sandbox: SandboxServer, tmp_path: Path) -> None:
    """The requests go to standard error."""
    env = environment(tmp_path, sandbox.environment)
    quiet = ("sh", "-c", 'exec "$@" 2>/dev/null', "quiet")
    ended = run(tmp_path, "runs", "list", "--verbose", env=env)
    assert LINE.findall(ended.output)
    result = run(tmp_path, "runs", "list", "--verbose", "--output", "json", env=env, command=(*quiet, *COMMAND))
    assert json.loads(result.output)


def test_the_requests_of_a_comment_are_shown(sandbox: SandboxServer, tmp_path: Path) -> None:
    """They go to another server, with another secret."""
    token = "token-that-must-not-show"
    with RawServer(answers('{"message": "no"}', "403 Forbidden")) as gitlab:
        job = {
            "GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "5",
            "CI_API_V4_URL": f"{gitlab.url}/api/v4", "PROBE_GATE_COMMENT": "on", "PROBE_GATE_COMMENT_TOKEN": token,
        }  # fmt: skip
        ended = run_here(tmp_path, "check", "--verbose", env=environment(tmp_path, sandbox.environment, job))
    assert ("GET", "/api/v4/user", "403", "not accepted") in LINE.findall(ended.output), ended.output
    assert token not in ended.output
