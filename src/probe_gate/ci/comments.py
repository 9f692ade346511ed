"""One comment on the pull or merge request, kept up to date.

It is found again by a hidden mark, among the comments of the token's own account only: a comment of
somebody else that bears the mark could be changed by them after the gate has written to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from probe_gate.ci.comment import CommentApi
from probe_gate.ci.job import CiJob
from probe_gate.domain.text import plain_line
from probe_gate.errors import CancelledError, GateError, PlatformError
from probe_gate.use_cases.ports import AbandonedError, Clock, Workers

if TYPE_CHECKING:
    from probe_gate.http.connection import RequestObserver

LONGEST_COMMENT = 60_000
"""Characters. GitHub takes 65,536."""
SECONDS = 20.0
"""For all of it: the verdict stands already, and nobody should wait long for its picture."""

MAX_TRIES = 6
"""With growing delays: a service that cannot be reached at all is given up within some seconds."""

_PLAIN_LINK = re.compile(r"https?://[\w.:/?=&%#~+-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_QUICK_ACTION = re.compile(r"^(\s*)/", re.MULTILINE)
"""GitLab runs a line such as `/approve` as a command of the account that writes the note."""


async def publish_comment(
    job: CiJob,
    summary: str,
    *,
    token: str,
    environ: Mapping[str, str],
    clock: Clock,
    workers: Workers,
    job_key: str = "",
    on_request: RequestObserver | None = None,
) -> str:
    """Writes or updates the comment. Returns what went wrong, in words; empty when nothing did, or outside of a pull request.

    `summary` is the text of summary.md; `on_request` is told of each request. Takes `SECONDS` at most, further tries included. Raises nothing but
    `CancelledError`: a comment never decides about a build.
    """
    if job.system not in {"github", "gitlab"}:
        return "Comments are written on GitHub and GitLab only."
    if not job.pull_request:
        return ""
    if not token:
        return "No comment was written: PROBE_GATE_COMMENT_TOKEN is not set."
    # these bring requests along, and most gates write no comment
    from probe_gate.ci.comment_apis import open_api
    from probe_gate.http.retry import Retrier

    mark, deadline = comment_mark(job, environ, job_key), clock.monotonic() + SECONDS

    async def put() -> None:
        # as a whole: what a lost answer has written is found by the next try
        try:
            body = comment_body(mark, summary, job)
            await workers.run(lambda: put_comment(api, mark, body), deadline=deadline, cancel=api.cancel)
        except AbandonedError:
            raise PlatformError(f"It took longer than {SECONDS:g} s.") from None

    try:
        api = open_api(job, token=token, environ=environ, clock=clock, deadline=deadline, on_request=on_request)
        await Retrier(clock).ask(put, deadline=deadline, attempts=MAX_TRIES)
    except CancelledError:
        raise
    except GateError as error:
        return plain_line(f"No comment was written. {error}", 600)
    return ""


def put_comment(api: CommentApi, mark: str, body: str) -> None:
    """Updates the comment of our own that begins with the mark, or writes the first one."""
    own = api.own_account()
    for comment in api.comments():
        if comment.author == own and comment.body.startswith(mark):
            if comment.body != body:
                api.update(comment.id, body)
            return
    api.create(body)


def comment_mark(job: CiJob, environ: Mapping[str, str], job_key: str) -> str:
    """The hidden line that tells the comment of this job from those of other jobs, whatever the pipeline's number."""
    workflow = environ.get("GITHUB_WORKFLOW", "")
    text = "\0".join((job.system, job.repository, workflow, job.job, job_key))
    return f"<!-- probe-gate {sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]} -->"


def comment_body(mark: str, summary: str, job: CiJob) -> str:
    """The comment: the mark, the summary without anything hidden or to be run in it, cut at a line where it is too long,
    and the commit that it is about, so that an old verdict is not taken for a new one."""
    text = _QUICK_ACTION.sub(r"\1\/", _HIDDEN.sub("", summary)).encode("utf-8", "replace").decode().strip()
    where = f"[this job](<{job.link}>)" if _PLAIN_LINK.fullmatch(job.link) else "the job"
    if len(text) > LONGEST_COMMENT:
        text = text[:LONGEST_COMMENT].rpartition("\n")[0] + f"\n\nThe rest was cut: see {where}."
    commit = job.head_commit if _COMMIT.fullmatch(job.head_commit) else ""
    return f"{mark}\n{text}\n\n{f'About commit {commit}, by' if commit else 'By'} {where}.\n"
