"""One comment on the pull or merge request, kept up to date.

It is recognized by a hidden marker, among comments of the token's own account only: another account could edit its
comment after the gate has written to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from probe_gate.ci.job import CiJob
from probe_gate.domain.text import plain_line
from probe_gate.errors import CancelledError, GateError, PlatformError
from probe_gate.use_cases.ports import AbandonedError, Workers

if TYPE_CHECKING:
    from probe_gate.http.retry import Retrier


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on the pull or merge request."""

    id: int
    author: str
    """Identifies the account: a login on GitHub, a number on GitLab."""
    body: str


class CommentApi(Protocol):
    """The comments of one pull or merge request. Every method raises `GateError`."""

    def own_account(self) -> str:
        """Return the account that the token belongs to."""
        ...

    def comments(self) -> Iterator[Comment]:
        """Yield all comments, oldest first, fetched lazily."""
        ...

    def create(self, body: str) -> None: ...

    def update(self, comment_id: int, body: str) -> None: ...

    def cancel(self) -> None:
        """Prevent further requests and abort the current one. Thread-safe."""
        ...


MAX_COMMENT_LENGTH = 60_000
"""In characters. GitHub accepts 65,536."""
MAX_TRIES = 6
"""With growing delays, so that an unreachable service is given up within seconds."""

_PLAIN_LINK = re.compile(r"https?://[\w.:/?=&%#~+-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_QUICK_ACTION = re.compile(r"^(\s*)/", re.MULTILINE)
"""GitLab executes a line such as `/approve` as a command of the account that writes the note."""


def why_no_comment(job: CiJob, token: str) -> str | None:
    """Return why no comment can be written; empty if none is expected, None if one can be written."""
    if job.system not in {"github", "gitlab"}:
        return "Comments are written on GitHub and GitLab only."
    if not job.pull_request:
        return ""
    return None if token else "No comment was written: PROBE_GATE_COMMENT_TOKEN is not set."


async def publish_comment(
    job: CiJob, text: str, api: CommentApi, *, seconds: float, deadline: float, workers: Workers, retrier: Retrier
) -> str:
    """Write or update the comment. Return what went wrong; empty if nothing did.

    Args:
        job: The job whose pull or merge request gets the comment.
        text: The rendered comment.
        api: The API for its comments.
        seconds: The time limit, for messages.
        deadline: The end of the time limit as a reading of the monotonic clock.
        workers: Runs the requests.
        retrier: Retries them.

    Raises:
        CancelledError: A signal arrived.
    """
    marker = comment_marker(job)

    async def put() -> None:
        # retried as a whole: a comment whose response was lost is found by the next attempt
        try:
            body = comment_body(marker, text, job)
            await workers.run(lambda: put_comment(api, marker, body), deadline=deadline, cancel=api.cancel)
        except AbandonedError:
            raise PlatformError(f"It took longer than {seconds:g} s.") from None

    try:
        await retrier.ask(put, deadline=deadline, attempts=MAX_TRIES)
    except CancelledError:
        raise
    except GateError as error:
        return no_comment(error)
    return ""


def no_comment(error: GateError) -> str:
    """Return the message for a comment that could not be written."""
    return plain_line(f"No comment was written. {error}", 600)


def put_comment(api: CommentApi, marker: str, body: str) -> None:
    """Update our own comment that begins with the marker, or create it."""
    own = api.own_account()
    for comment in api.comments():
        if comment.author == own and comment.body.startswith(marker):
            if comment.body != body:
                api.update(comment.id, body)
            return
    api.create(body)


def comment_marker(job: CiJob) -> str:
    """Return the hidden marker of this job's comment, which is the same in every pipeline."""
    text = "\0".join((job.system, job.repository, job.workflow, job.job, job.key))
    return f"<!-- probe-gate {sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]} -->"


def comment_body(marker: str, text: str, job: CiJob) -> str:
    """Return the comment: the marker, the text, and the commit that it is about, so that an old verdict is recognized.

    Hidden text and quick actions are removed from the text, and one that is too long is cut at the end of a line.
    """
    text = _QUICK_ACTION.sub(r"\1\/", _HIDDEN.sub("", text)).encode("utf-8", "replace").decode().strip()
    where = f"[this job](<{job.link}>)" if _PLAIN_LINK.fullmatch(job.link) else "the job"
    if len(text) > MAX_COMMENT_LENGTH:
        text = text[:MAX_COMMENT_LENGTH].rpartition("\n")[0] + f"\n\nThe rest was cut: see {where}."
    commit = job.head_commit if _COMMIT.fullmatch(job.head_commit) else ""
    return f"{marker}\n{text}\n\n{f'For commit {commit}. ' if commit else ''}All checks and reports: {where}.\n"
