"""HTTP clients for comments on GitHub pull requests and GitLab merge requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from probe_gate.ci.comments import Comment, CommentApi
from probe_gate.ci.job import CiJob
from probe_gate.domain.formatting import format_duration
from probe_gate.domain.text import plain_line
from probe_gate.errors import ConfigError, PlatformError
from probe_gate.http.connection import RequestContext, RequestObserver
from probe_gate.http.errors import StatusError
from probe_gate.http.retry import is_retryable, retry_after_seconds
from probe_gate.http.session import HttpSession, Response
from probe_gate.use_cases.ports import Clock

FORBIDDEN = 403
TOO_MANY_REQUESTS = 429
MAX_QUOTED = 200
MAX_DEPTH = 3
NEXT_RUN = "The next run of the gate writes the comment."


@dataclass(frozen=True, slots=True)
class Service:
    """Names and hints for messages about a service."""

    name: str
    request: str
    """`pull request` or `merge request`."""
    permission_hint: str


class RefusedCommentError(PlatformError):
    """An error response that a retry would not change."""

    def __init__(self, message: str, hint: str = "", *, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


def error_of(
    answer: Response, service: Service, *, now: datetime, seconds_left: float, redact: Callable[[str], str]
) -> PlatformError:
    """Return the error for a response.

    A `StatusError` can be retried. If the service asks to wait longer than `seconds_left`, the error is final: further
    requests could prolong the rate limit.
    """
    status = answer.status
    words = redact(_words_of(answer.body)).removeprefix(f"{status} ")
    said = f"{status}: {words}" if words else str(status)
    is_limit = _is_rate_limit(answer, words)
    if is_limit or is_retryable(status):
        wait = _wait_seconds(answer, now)
        message = f"{service.name} limits the requests of this token ({said})" if is_limit else ""
        message = message or f"{service.name} answered {said}"
        if wait is not None and wait >= seconds_left:
            return RefusedCommentError(f"{message}, for another {format_duration(wait)}.", NEXT_RUN, status=status)
        return StatusError(f"{message}.", NEXT_RUN, status=status, retry_after_seconds=wait)
    message, hint = _refusal(status, words, service)
    return RefusedCommentError(f"{message} ({said}).", hint, status=status)


def locked_error(service: Service, status: int) -> RefusedCommentError:
    """Return the error for a locked conversation, for a service whose response does not say so."""
    message, hint = _refusal(status, "locked", service)
    return RefusedCommentError(f"{message} ({status}).", hint, status=status)


def _refusal(status: int, words: str, service: Service) -> tuple[str, str]:
    text = words.casefold()
    if status == 401:
        return (
            f"{service.name} does not accept the token",
            "Check PROBE_GATE_COMMENT_TOKEN: it may be wrong, expired or revoked.",
        )
    if status in (FORBIDDEN, 404) and "locked" in text:
        return f"The conversation on this {service.request} is locked", "Unlock it, or set --comment off."
    if status == FORBIDDEN and "archived" in text:
        return "The repository is archived, so nobody can comment in it", "Set --comment off."
    if status == FORBIDDEN:
        return "The token is not allowed to write comments here", service.permission_hint
    if status == 404:
        return f"The token has no access to this {service.request} on {service.name}", service.permission_hint
    return f"{service.name} refused the comment", ""


def _is_rate_limit(answer: Response, words: str) -> bool:
    """Return whether a response reports a rate limit.

    GitHub uses status 403 or 429, and 200 for GraphQL. For 403 and 200, only the message or a header shows it.
    """
    if answer.status == TOO_MANY_REQUESTS:
        return True
    if answer.status not in (200, FORBIDDEN):
        return False
    text = words.casefold()
    return (
        "rate limit" in text
        or "abuse detection" in text
        or answer.headers.get("X-RateLimit-Remaining", "") == "0"
        or (answer.status == FORBIDDEN and "Retry-After" in answer.headers)
    )


def _wait_seconds(answer: Response, now: datetime) -> float | None:
    """Return the seconds that the service asks to wait, from `Retry-After` or the reset time of the limit; else None."""
    wait = retry_after_seconds(answer, now)
    if wait is not None:
        return wait
    remaining = answer.headers.get("X-RateLimit-Remaining", answer.headers.get("RateLimit-Remaining", ""))
    reset = answer.headers.get("X-RateLimit-Reset", answer.headers.get("RateLimit-Reset", ""))
    if remaining != "0" or not (reset.isascii() and reset.isdigit() and len(reset) <= 12):
        return None
    return max(int(reset) - now.timestamp(), 0.0)


def _words_of(body: bytes) -> str:
    """Return the message in a response body as one short line; empty for HTML."""
    text = body[:100_000].decode("utf-8", "replace").strip()
    try:
        answer: Any = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else plain_line(text, MAX_QUOTED).rstrip(".")
    if not isinstance(answer, dict):
        return ""
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    found = (answer.get("message"), answer.get("error_description"), answer.get("error"), first.get("message"))
    return plain_line(_text_of(next((one for one in found if one), "")), MAX_QUOTED).rstrip(".")


def _text_of(value: Any, depth: int = 0) -> str:
    """Return a message as text. GitLab's may be objects and lists, such as `{"note": ["is too long"]}`."""
    if isinstance(value, dict) and depth < MAX_DEPTH:
        texts = ((name, _text_of(item, depth + 1)) for name, item in value.items())
        return ", ".join(text if name == "error" else f"{name} {text}" for name, text in texts)
    if isinstance(value, list) and depth < MAX_DEPTH:
        return ", ".join(_text_of(item, depth + 1) for item in value[:5])
    return value if isinstance(value, str) else ""


Value = TypeVar("Value", int, str)

PAGE = 100
MAX_PAGES = 50
MAX_ANSWER_BYTES = 16 * 1024 * 1024

Connect = Callable[[str, Mapping[str, str]], HttpSession]
"""Opens a session, given the address of a server and headers for each request."""


class _Requests:
    """Sends JSON requests to one server under a common deadline."""

    def __init__(
        self,
        service: Service,
        api_url: str,
        headers: Mapping[str, str],
        connect: Connect,
        clock: Clock,
        deadline: float,
        on_request: RequestObserver | None,
    ) -> None:
        parts = urlsplit(api_url)
        self.service = service
        self.root = parts.path.rstrip("/")
        self._session = connect(f"{parts.scheme}://{parts.netloc}", headers)
        self._clock = clock
        self._deadline = deadline
        self._on_request = on_request or (lambda _record, _decision: None)
        self._context = RequestContext()
        self._is_cancelled = False

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON of the response.

        Raises:
            PlatformError: The status is not a success, or the body is not JSON or has GraphQL errors.
        """
        context = self._context = RequestContext()
        if self._is_cancelled:
            context.cancel()
        try:
            found = self._send(method, path, body, context)
        except PlatformError:
            self._on_request(context.record, "not accepted")
            raise
        self._on_request(context.record, "accepted")
        return found

    def cancel(self) -> None:
        """Prevent further requests and abort the current one. Thread-safe."""
        self._is_cancelled = True  # first: a request that begins in between sees it
        self._context.cancel()

    def _send(self, method: str, path: str, body: object, context: RequestContext) -> Any:
        answer = self._session.request(method, path, json=body, deadline=self._deadline, context=context)
        if not 200 <= answer.status <= 299:
            raise self._error_of(answer)
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise PlatformError(f"The response to {method} {path.partition('?')[0]} is not JSON.") from None
        # GraphQL responds with 200 even if the query failed
        if isinstance(found, dict) and found.get("errors"):
            raise self._error_of(answer)
        return found

    def _error_of(self, answer: Response) -> PlatformError:
        return error_of(
            answer,
            self.service,
            now=self._clock.now(),
            seconds_left=self._deadline - self._clock.monotonic(),
            redact=self._session.redact,
        )

    def pages(self, path: str) -> Iterator[Any]:
        """Yield the entries of a paginated list."""
        for page in range(1, MAX_PAGES + 1):
            entries = self.send("GET", f"{path}{'&' if '?' in path else '?'}per_page={PAGE}&page={page}")
            if not isinstance(entries, list):
                raise PlatformError(f"The response to GET {path.partition('?')[0]} is not a list.")
            yield from entries
            if len(entries) < PAGE:
                return


class GitHubComments:
    """The comments of one pull request."""

    SERVICE = Service(
        "GitHub",
        "pull request",
        "Give the job `permissions: pull-requests: write`; the token of a pull request from a fork may only read.",
    )

    def __init__(self, requests: _Requests, graphql_path: str, repository: str, number: str) -> None:
        self._requests = requests
        self._graphql_path = graphql_path
        self._repo = f"{requests.root}/repos/{quote(repository)}"
        self._number = number

    def cancel(self) -> None:
        self._requests.cancel()

    def own_account(self) -> str:
        # A job's token belongs to no user, so `GET /user` rejects it, but this query is allowed.
        query = {"query": "query { viewer { login } }"}
        answer = self._requests.send("POST", self._graphql_path, query)
        return _value_at(answer, str, "data", "viewer", "login")

    def comments(self) -> Iterator[Comment]:
        for entry in self._requests.pages(f"{self._repo}/issues/{self._number}/comments"):
            # The comment of a deleted account has no user; it is not ours.
            author = entry["user"].get("login") if _has(entry, "user") else ""
            yield Comment(_value_at(entry, int, "id"), str(author), _body(entry))

    def create(self, body: str) -> None:
        path = f"{self._repo}/issues/{self._number}/comments"
        self._requests.send("POST", path, {"body": body})

    def update(self, comment_id: int, body: str) -> None:
        path = f"{self._repo}/issues/comments/{comment_id}"
        self._requests.send("PATCH", path, {"body": body})


class GitLabNotes:
    """The notes of one merge request."""

    SERVICE = Service(
        "GitLab",
        "merge request",
        "The token needs the scope api and the role Reporter or higher in the project; CI_JOB_TOKEN cannot write notes.",
    )

    def __init__(self, requests: _Requests, project_id: str, number: str) -> None:
        self._requests = requests
        self._merge_request = f"{requests.root}/projects/{quote(project_id, safe='')}/merge_requests/{number}"
        self._notes = f"{self._merge_request}/notes"

    def cancel(self) -> None:
        self._requests.cancel()

    def own_account(self) -> str:
        answer = self._requests.send("GET", f"{self._requests.root}/user")
        return str(_value_at(answer, int, "id"))

    def comments(self) -> Iterator[Comment]:
        for entry in self._requests.pages(f"{self._notes}?sort=asc&order_by=created_at"):
            author = entry["author"].get("id") if _has(entry, "author") else ""
            yield Comment(_value_at(entry, int, "id"), str(author), _body(entry))

    def create(self, body: str) -> None:
        self._write("POST", self._notes, body)

    def update(self, comment_id: int, body: str) -> None:
        self._write("PUT", f"{self._notes}/{comment_id}", body)

    def _write(self, method: str, path: str, body: str) -> None:
        try:
            self._requests.send(method, path, {"body": body})
        except RefusedCommentError as error:
            # for a locked discussion, GitLab says only "403 Forbidden"
            if error.status == FORBIDDEN and self._is_locked():
                raise locked_error(self.SERVICE, error.status) from None
            raise

    def _is_locked(self) -> bool:
        try:
            merge_request = self._requests.send("GET", self._merge_request)
        except PlatformError:
            return False
        return isinstance(merge_request, dict) and merge_request.get("discussion_locked") is True


def open_api(
    job: CiJob,
    *,
    token: str,
    connect: Connect,
    clock: Clock,
    deadline: float,
    on_request: RequestObserver | None = None,
) -> CommentApi:
    """Return the API for comments on this job's pull or merge request.

    Raises:
        ConfigError: The CI system does not provide the address of its API.
    """
    if job.system == "github":
        headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
        address = _known(job.comment_api.api_url, "GITHUB_API_URL")
        requests = _Requests(GitHubComments.SERVICE, address, headers, connect, clock, deadline, on_request)
        graphql_path = urlsplit(_known(job.comment_api.graphql_url, "GITHUB_GRAPHQL_URL")).path
        return GitHubComments(requests, graphql_path, job.repository, job.pull_request)
    address = _known(job.comment_api.api_url, "CI_API_V4_URL")
    requests = _Requests(GitLabNotes.SERVICE, address, {"PRIVATE-TOKEN": token}, connect, clock, deadline, on_request)
    return GitLabNotes(requests, job.comment_api.project_id, job.pull_request)


def _known(address: str, variable: str) -> str:
    if not address:
        raise ConfigError(f"{variable} is not set, so the address of the API for comments is unknown.")
    return address


def _has(entry: Any, name: str) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get(name), dict)


def _body(entry: Any) -> str:
    body = entry.get("body")
    return body if isinstance(body, str) else ""


def _value_at(answer: Any, kind: type[Value], *path: str) -> Value:
    for key in path:
        answer = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(answer, kind) or isinstance(answer, bool):
        raise PlatformError(f"The response has no valid value at {'.'.join(path)}.")
    return answer
