"""Comments on pull and merge requests, over HTTP against stand-ins of the two services."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from probe_gate.bootstrap import comment_on
from probe_gate.ci.job import CiJob, CommentApiAddress
from probe_gate.sandbox.server import SandboxServer
from probe_gate.timings import DEFAULT_TIMINGS
from tests.harness.ci_environments import GITHUB
from tests.harness.gate_context import make_context
from tests.harness.processes import SHIPPED_SETTINGS, environment, run_here
from tests.harness.shared_clock import SharedClock
from tests.harness.virtual_time import VirtualTime

TOKEN = "token-of-the-job"
GITHUB_JOB = CiJob("github", repository="acme/bot", pipeline="1", job="gate", pull_request="7")
GITLAB_JOB = CiJob("gitlab", repository="acme/bot", pipeline="1", job="gate", pull_request="7")


@dataclass(frozen=True)
class Refusal:
    """An answer in place of the usual one."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Service:
    """What both services keep, and how they answer."""

    def __init__(self, *refusals: Refusal, refused: str = "POST ") -> None:
        """`refusals` are the first answers to requests that begin with `refused`; the last one stays."""
        self.comments: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.answer_instead: bytes | None = None
        self.discussion_locked = False
        self.loses_answers = 0
        """So many comments are written without an answer."""
        self._refusals = list(refusals)
        self._refused = refused

    def refusal_of(self, request: str) -> Refusal | None:
        if not self._refusals or not request.startswith(self._refused) or request == "POST /graphql":
            return None
        return self._refusals[0] if len(self._refusals) == 1 else self._refusals.pop(0)


def _paged(comments: list[dict[str, Any]], query: dict[str, list[str]]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"][0]), int(query["page"][0])
    return comments[(page - 1) * size : page * size]


def _found(service: Service, path: str, query: str) -> Any:
    if path == "/graphql":
        return {"data": {"viewer": {"login": "github-actions[bot]"}}}
    if path == "/api/v4/user":
        return {"id": 55, "username": "project_bot"}
    if path.endswith("/merge_requests/7"):
        return {"iid": 7, "discussion_locked": service.discussion_locked}
    return _paged(service.comments, parse_qs(query))


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
            body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
            body = service.answer_instead or body
            self.send_response(status)
            for name, text in (headers or {}).items():
                self.send_header(name, text)
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
            refusal = service.refusal_of(service.requests[-1])
            if refusal is not None and refusal.status:
                return self._answer(refusal.status, refusal.body, refusal.headers)
            if self.command == "GET" or url.path == "/graphql":
                return self._answer(200, _found(service, url.path, url.query))
            if self.command == "POST":
                author = {"user": {"login": "github-actions[bot]"}} if is_github else {"author": {"id": 55}}
                service.comments.append({"id": 1000 + len(service.comments), "body": body["body"], **author})
            else:
                number = int(url.path.rpartition("/")[2])
                next(entry for entry in service.comments if entry["id"] == number)["body"] = body["body"]
            if service.loses_answers:
                service.loses_answers -= 1
                self.close_connection = True
                return None
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


def _comment(service: Service, job: CiJob, summary: str, *, token: str = TOKEN, time: VirtualTime | None = None) -> str:
    time = time or VirtualTime()
    with _serving(service) as address:
        is_github = job.system == "github"
        api = CommentApiAddress(address if is_github else f"{address}/api/v4", f"{address}/graphql", "3")
        job = replace(job, comment_api=api)
        return time.finish(comment_on(make_context(job=job, comment_token=token), summary, time, time))


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


@pytest.mark.parametrize(("job", "hint"), [(GITHUB_JOB, "pull-requests: write"), (GITLAB_JOB, "CI_JOB_TOKEN")])
def test_a_token_that_may_not_write(job: CiJob, hint: str) -> None:
    """The refusal is told with what the token needs, and nothing is raised."""
    told = _comment(Service(Refusal(403, {"message": "Resource not accessible by integration"})), job, "# Passed")
    assert told.startswith(
        "No comment was written. The token is not allowed to write comments here "
        "(403: Resource not accessible by integration)."
    )
    assert hint in told


@pytest.mark.parametrize("job", [GITHUB_JOB, GITLAB_JOB])
def test_a_wrong_token(job: CiJob) -> None:
    """A wrong token is told, without the token."""
    told = _comment(Service(), job, "# Passed", token="another-token")
    assert "does not accept the token (401: Bad credentials). Check PROBE_GATE_COMMENT_TOKEN" in told
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
    job = replace(GITHUB_JOB, comment_api=CommentApiAddress("http://127.0.0.1:9", "http://127.0.0.1:9/graphql"))
    time = VirtualTime()
    told = time.finish(comment_on(make_context(job=job, comment_token=TOKEN), "# Passed", time, time))
    assert told.startswith("No comment was written. 127.0.0.1:9 refused the connection. Tried 6 times over ")
    assert time.monotonic() < DEFAULT_TIMINGS.comment_seconds


SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
AN_HOUR_AHEAD = str(int(VirtualTime().now().timestamp()) + 3600)

PASSING_REFUSALS = {
    "a gateway that is restarted": Refusal(502, "<html>Bad Gateway</html>"),
    "GitHub's secondary limit": Refusal(403, {"message": SECONDARY}, {"Retry-After": "2"}),
    "the same with the newer status": Refusal(429, {"message": SECONDARY}, {"Retry-After": "2"}),
    "the same without a time": Refusal(403, {"message": SECONDARY}),
    "its older name": Refusal(403, {"message": "You have triggered an abuse detection mechanism."}),
    "GitLab's limit": Refusal(429, "Retry later\n", {"Retry-After": "2"}),
    "a limit that is reset in a moment": Refusal(
        403,
        {"message": "API rate limit exceeded for installation."},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(VirtualTime().now().timestamp()) + 5)},
    ),
}


@pytest.mark.parametrize("refusal", PASSING_REFUSALS.values(), ids=PASSING_REFUSALS)
@pytest.mark.parametrize("job", [GITHUB_JOB, GITLAB_JOB])
@pytest.mark.parametrize("refused", ["POST ", "GET "])
def test_what_passes_is_asked_again(job: CiJob, refused: str, refusal: Refusal) -> None:
    """A service that is busy for some seconds still gets its comment, once."""
    service, time = Service(refusal, Refusal(0), refused=refused), VirtualTime()
    assert _comment(service, job, "# Passed", time=time) == ""
    assert len(service.comments) == 1
    assert 0 < time.monotonic() < DEFAULT_TIMINGS.comment_seconds
    if "Retry-After" in refusal.headers:
        assert time.monotonic() >= 2


def test_a_comment_whose_answer_is_lost_is_not_written_twice() -> None:
    """The next try finds what the first one wrote."""
    service = Service()
    service.loses_answers = 1
    assert _comment(service, GITHUB_JOB, "# Passed") == ""
    assert len(service.comments) == 1


@pytest.mark.parametrize("job", [GITHUB_JOB, GITLAB_JOB])
def test_a_service_that_stays_down_is_given_up_in_time(job: CiJob) -> None:
    """Nobody waits long for the picture of a verdict."""
    service, time = Service(Refusal(503, "")), VirtualTime()
    told = _comment(service, job, "# Passed", time=time)
    assert "answered 503. Tried " in told
    assert told.endswith("The next run of the gate writes the comment.")
    assert time.monotonic() <= DEFAULT_TIMINGS.comment_seconds


LASTING_REFUSALS = {
    "a limit for the rest of the hour": (
        GITHUB_JOB,
        Refusal(
            403,
            {"message": "API rate limit exceeded for installation ID 1."},
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": AN_HOUR_AHEAD},
        ),
        (
            "GitHub limits the requests of this token (403: API rate limit exceeded for installation ID 1), for another "
            "1 h. The next run of the gate writes the comment."
        ),
    ),
    "a limit for a minute": (
        GITLAB_JOB,
        Refusal(429, {"message": {"error": "This endpoint has been requested too many times."}}, {"Retry-After": "60"}),
        (
            "GitLab limits the requests of this token (429: This endpoint has been requested too many times), "
            "for another 1 min. The next run of the gate writes the comment."
        ),
    ),
    "a locked conversation": (
        GITHUB_JOB,
        Refusal(403, {"message": "Unable to create comment because issue is locked."}),
        (
            "The conversation on this pull request is locked (403: Unable to create comment because issue is locked). "
            "Unlock it, or set --comment off."
        ),
    ),
    "an archived repository": (
        GITHUB_JOB,
        Refusal(403, {"message": "Repository was archived so is read-only."}),
        (
            "The repository is archived, so nobody can comment in it (403: Repository was archived so is read-only). "
            "Set --comment off."
        ),
    ),
    "a token without the scope": (
        GITLAB_JOB,
        Refusal(
            403,
            {
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
            },
        ),
        (
            "The token is not allowed to write comments here (403: The request requires higher privileges than provided by "
            "the access token). The token needs the scope api"
        ),
    ),
    "a token that sees nothing": (
        GITLAB_JOB,
        Refusal(404, {"message": "404 Project Not Found"}),
        "The token has no access to this merge request on GitLab (404: Project Not Found). The token needs",
    ),
    "a comment that is too long": (
        GITLAB_JOB,
        Refusal(400, {"message": {"note": ["is too long (maximum is 1000000 characters)"]}}),
        "GitLab refused the comment (400: note is too long (maximum is 1000000 characters)).",
    ),
    "a comment that is not taken": (
        GITHUB_JOB,
        Refusal(422, {"message": "Validation Failed"}),
        "GitHub refused the comment (422: Validation Failed).",
    ),
    "words that make no sense": (
        GITHUB_JOB,
        Refusal(422, {"message": [[[[["x"]]]]], "errors": [7]}),
        "GitHub refused the comment (422).",
    ),
}


@pytest.mark.parametrize(("job", "refusal", "words"), LASTING_REFUSALS.values(), ids=LASTING_REFUSALS)
def test_each_refusal_has_its_own_words(job: CiJob, refusal: Refusal, words: str) -> None:
    """What lasts is not asked again, and says what to do."""
    service, time = Service(refusal), VirtualTime()
    told = _comment(service, job, "# Passed", time=time)
    assert told.startswith(f"No comment was written. {words}")
    assert time.monotonic() == 0
    assert service.comments == []


def test_a_locked_discussion_on_gitlab() -> None:
    """GitLab's refusal says nothing of the lock, so the merge request itself is looked at."""
    service = Service(Refusal(403, {"message": "403 Forbidden"}))
    service.discussion_locked = True
    told = _comment(service, GITLAB_JOB, "# Passed")
    assert told == (
        "No comment was written. The conversation on this merge request is locked (403). "
        "Unlock it, or set --comment off."
    )


def test_a_limit_that_graphql_tells_with_200() -> None:
    """The question who the token belongs to is answered with 200 whatever becomes of it."""
    service = Service()
    service.answer_instead = b'{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user."}]}'
    told = _comment(service, GITHUB_JOB, "# Passed")
    assert told.startswith(
        "No comment was written. GitHub limits the requests of this token (200: API rate limit exceeded for user). "
        "Tried 6 times over "
    )


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
    }


def _gate(environ: dict[str, str], clock: SharedClock) -> tuple[int, str]:
    directory = Path(environ["PROBE_GATE_REPORT_DIR"]).parent
    ended = run_here(directory, "run", env=environment(directory, SHIPPED_SETTINGS, environ), clock=clock)
    return ended.code, ended.output


def test_the_gate_itself_keeps_its_comment(pull_request: dict[str, str]) -> None:
    """The verdict stands in the comment, and the next one replaces it, also when the gate did not get far."""
    service, clock = Service(), SharedClock()
    with _serving(service) as address, SandboxServer("failing", clock=clock.time) as sandbox:
        environ = {**pull_request, **sandbox.environment, "GITHUB_API_URL": address}
        environ["GITHUB_GRAPHQL_URL"] = f"{address}/graphql"
        assert _gate(environ, clock)[0] == 1
        (comment,) = service.comments
        assert "probe-gate: failed" in comment["body"]
        assert f"For commit {'b' * 40}" in comment["body"]
        code, output = _gate({**environ, "PROBE_GATE_MIN_SCORE": "880"}, clock)
        assert code == 2, output
        (comment,) = service.comments
        assert "880" in comment["body"]
        assert "The policy is broken" not in comment["body"]


def test_a_comment_that_cannot_be_written_changes_nothing_else(pull_request: dict[str, str]) -> None:
    """The log says so; exit code and reports are those of the verdict."""
    service, clock = Service(Refusal(403, {"message": "Resource not accessible by integration"})), SharedClock()
    with _serving(service) as address, SandboxServer("passing", clock=clock.time) as sandbox:
        environ = {**pull_request, **sandbox.environment, "GITHUB_API_URL": address}
        code, output = _gate({**environ, "GITHUB_GRAPHQL_URL": f"{address}/graphql"}, clock)
    assert code == 0, output
    assert "Warning: No comment was written." in output
    assert TOKEN not in output
