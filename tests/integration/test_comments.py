"""Comments on pull and merge requests, over HTTP against stand-ins of the two services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from probe_gate.ci.comments import publish_comment
from probe_gate.ci.job import CiJob
from probe_gate.sandbox.server import SandboxServer
from tests.unit.ci.environments import GITHUB

TOKEN = "token-of-the-job"
GITHUB_JOB = CiJob("github", repository="acme/bot", pipeline="1", job="gate", pull_request="7")
GITLAB_JOB = CiJob("gitlab", repository="acme/bot", pipeline="1", job="gate", pull_request="7")


class Service:
    """What both services keep, and how they answer."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.refuse_writes = 0
        self.requests: list[str] = []
        self.answer_instead: bytes | None = None


def _paged(comments: list[dict[str, Any]], query: dict[str, list[str]]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"][0]), int(query["page"][0])
    return comments[(page - 1) * size : page * size]


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, value: Any) -> None:
            body = service.answer_instead or json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _serve(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            service.requests.append(f"{self.command} {url.path}")
            is_github = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            if not is_github and self.headers.get("PRIVATE-TOKEN") != TOKEN:
                return self._answer(401, {"message": "Bad credentials"})
            if url.path == "/graphql":
                return self._answer(200, {"data": {"viewer": {"login": "github-actions[bot]"}}})
            if url.path == "/api/v4/user":
                return self._answer(200, {"id": 55, "username": "project_bot"})
            if self.command == "GET":
                return self._answer(200, _paged(service.comments, parse_qs(url.query)))
            if service.refuse_writes:
                return self._answer(service.refuse_writes, {"message": "Resource not accessible by integration"})
            if self.command == "POST":
                author = {"user": {"login": "github-actions[bot]"}} if is_github else {"author": {"id": 55}}
                service.comments.append({"id": 1000 + len(service.comments), "body": body["body"], **author})
            else:
                number = int(url.path.rpartition("/")[2])
                next(entry for entry in service.comments if entry["id"] == number)["body"] = body["body"]
            return self._answer(200, {})

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names http.server calls

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def _serving(service: Service) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _comment(service: Service, job: CiJob, summary: str, *, token: str = TOKEN) -> str:
    with _serving(service) as address:
        environ = {
            "GITHUB_API_URL": address,
            "GITHUB_GRAPHQL_URL": f"{address}/graphql",
            "CI_API_V4_URL": f"{address}/api/v4",
            "CI_PROJECT_ID": "9",
            "CI_MERGE_REQUEST_PROJECT_ID": "3",
        }
        return publish_comment(job, summary, token=token, environ=environ, monotonic=time.monotonic)


@pytest.mark.parametrize("job", [GITHUB_JOB, GITLAB_JOB])
def test_the_second_verdict_updates_the_first_comment(job: CiJob) -> None:
    """One comment, found again behind more than a page of others."""
    service = Service()
    service.comments = [{"id": number, "body": "hi", "user": None, "author": None} for number in range(1, 131)]
    assert _comment(service, job, "# Failed") == ""
    assert _comment(service, job, "# Passed") == ""
    assert len(service.comments) == 131
    assert "\n# Passed\n" in service.comments[-1]["body"]


def test_each_service_is_asked_at_its_own_paths() -> None:
    """The comment goes to the pull request of the repository, and to the project that the merge request goes to."""
    service = Service()
    assert _comment(service, GITHUB_JOB, "# Passed") == ""
    assert service.requests == [
        "POST /graphql",
        "GET /repos/acme/bot/issues/7/comments",
        "POST /repos/acme/bot/issues/7/comments",
    ]
    service = Service()
    assert _comment(service, GITLAB_JOB, "# Passed") == ""
    assert service.requests == [
        "GET /api/v4/user",
        "GET /api/v4/projects/3/merge_requests/7/notes",
        "POST /api/v4/projects/3/merge_requests/7/notes",
    ]


@pytest.mark.parametrize(("job", "advice"), [(GITHUB_JOB, "pull-requests: write"), (GITLAB_JOB, "CI_JOB_TOKEN")])
def test_a_token_that_may_not_write(job: CiJob, advice: str) -> None:
    """The refusal is told with what the token needs, and nothing is raised."""
    service = Service()
    service.refuse_writes = 403
    told = _comment(service, job, "# Passed")
    assert "403" in told
    assert advice in told


@pytest.mark.parametrize("job", [GITHUB_JOB, GITLAB_JOB])
def test_a_wrong_token(job: CiJob) -> None:
    """A wrong token is told, without the token."""
    told = _comment(Service(), job, "# Passed", token="another-token")
    assert "401" in told
    assert "another-token" not in told


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"data": null}', b'{"id": true}', b"[" * 99_999])
@pytest.mark.parametrize("job", [GITHUB_JOB, GITLAB_JOB])
def test_an_answer_that_makes_no_sense(job: CiJob, answer: bytes) -> None:
    """A page instead of JSON costs the comment only."""
    service = Service()
    service.answer_instead = answer
    assert "No comment was written" in _comment(service, job, "# Passed")


def test_a_service_that_is_not_there() -> None:
    """Nobody listening is told like any other failure."""
    environ = {"GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_GRAPHQL_URL": "http://127.0.0.1:9/graphql"}
    told = publish_comment(GITHUB_JOB, "# Passed", token=TOKEN, environ=environ, monotonic=time.monotonic)
    assert "No comment was written" in told


@pytest.fixture
def pull_request(tmp_path: Path) -> dict[str, str]:
    """The variables of a job of a pull request."""
    repo = {"full_name": "acme/bot"}
    event = {"pull_request": {"number": 7, "head": {"repo": repo, "sha": "b" * 40}, "base": {"repo": repo}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    return {
        **GITHUB,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "PROBE_GATE_COMMENT": "on",
        "PROBE_GATE_COMMENT_TOKEN": TOKEN,
        "PROBE_GATE_REPORT_DIR": str(tmp_path / "report"),
        "PROBE_GATE_SETTLE": "0s",
        "PROBE_GATE_POLL_INTERVAL": "0.1s",
    }


def _gate(environ: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "probe_gate", "run"],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_gate_itself_keeps_its_comment(pull_request: dict[str, str]) -> None:
    """The verdict stands in the comment, and the next one replaces it, also when the gate did not get far."""
    service = Service()
    with _serving(service) as address, SandboxServer("failing", speed=200) as sandbox:
        environ = {**pull_request, **sandbox.environment, "GITHUB_API_URL": address}
        environ["GITHUB_GRAPHQL_URL"] = f"{address}/graphql"
        assert _gate(environ)[0] == 1
        (comment,) = service.comments
        assert "Failed" in comment["body"]
        assert f"About commit {'b' * 40}" in comment["body"]
        code, output = _gate({**environ, "PROBE_GATE_MIN_SCORE": "880"})
        assert code == 2, output
        (comment,) = service.comments
        assert "880" in comment["body"]
        assert "Failed: The policy" not in comment["body"]


def test_a_comment_that_cannot_be_written_changes_nothing_else(pull_request: dict[str, str]) -> None:
    """The log says so; exit code and reports are those of the verdict."""
    service = Service()
    service.refuse_writes = 403
    with _serving(service) as address, SandboxServer("passing", speed=200) as sandbox:
        environ = {**pull_request, **sandbox.environment, "GITHUB_API_URL": address}
        code, output = _gate({**environ, "GITHUB_GRAPHQL_URL": f"{address}/graphql"})
    assert code == 0, output
    assert "Warning: No comment was written." in output
    assert TOKEN not in output
