"""Keeps the comment on the pull or merge request up to date, when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from probe_gate.domain.parsing import normalize_key
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import CancelledError, GateError, Outcome
from probe_gate.options import BY_NAME, COMMENT_TOKEN_VARIABLE

if TYPE_CHECKING:
    from probe_gate.ci.job import CiJob
    from probe_gate.http.connection import RequestLogger
    from probe_gate.runtime.signals import StopSignal

JOB_KEY = BY_NAME["job-key"]


def keep_comment(
    verdict: Verdict,
    reports: Mapping[str, str],
    job: CiJob,
    environ: Mapping[str, str],
    *,
    job_key: str,
    stop_signal: StopSignal,
    write: Callable[[str], None],
    log_requests: RequestLogger | None = None,
) -> None:
    """Writes or updates the comment, and says what kept it from that. Nothing here changes the verdict.

    A gate that was cancelled writes none: it has seconds left, and its verdict says nothing of the change.
    """
    if verdict.outcome is Outcome.CANCELLED or stop_signal.signal_number is not None:
        return
    from probe_gate.ci.comments import publish_comment
    from probe_gate.reports.summary import render_summary
    from probe_gate.runtime.clock import SystemClock
    from probe_gate.runtime.runner import WorkerThreads, run_all

    summary = reports.get("summary") or render_summary(verdict)
    token = environ.get(COMMENT_TOKEN_VARIABLE, "").strip()

    async def publish(clock: SystemClock, workers: WorkerThreads) -> str:
        try:
            return await publish_comment(
                job,
                summary,
                token=token,
                environ=environ,
                clock=clock,
                workers=workers,
                job_key=job_key,
                on_request=None if log_requests is None else log_requests(clock),
            )
        except CancelledError:
            return "No comment was written: a signal asked the gate to stop."

    try:
        (problem,) = run_all(lambda clock, workers: [publish(clock, workers)], parallel=1, stop_signal=stop_signal)
    except GateError as error:
        problem = f"No comment was written: {error}"
    except Exception as bug:  # noqa: BLE001 - the verdict is out, and a comment never changes it
        problem = f"No comment was written: unexpected {type(bug).__name__}. This is a bug in probe-gate."
    if problem:
        write(f"Warning: {problem}")


def job_key_of(command: str, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> str:
    """The job key of a command that could not read its settings, so that its comment is the same as ever."""
    if command not in JOB_KEY.commands:
        return ""
    given = flags.get(JOB_KEY.name) or next((environ[name] for name in JOB_KEY.env if environ.get(name)), "")
    return normalize_key(given)
