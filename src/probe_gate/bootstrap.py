"""Composition root: the only module that creates the concrete adapters."""

from __future__ import annotations

import random
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from probe_gate.domain.evidence import Target
from probe_gate.domain.page_address import page_url
from probe_gate.domain.verdict import TargetVerdict, Verdict, combine
from probe_gate.errors import CancelledError, GateError
from probe_gate.files.baseline import BaselineFiles
from probe_gate.progress.factory import ProgressStyle, open_progress
from probe_gate.progress.retry_notifier import RetryNotifier
from probe_gate.runtime.runner import run_all
from probe_gate.runtime.signals import STOP_SIGNAL
from probe_gate.timings import DEFAULT_TIMINGS, Timings
from probe_gate.use_cases.check_target import check_target
from probe_gate.use_cases.context import GatePlan, GatePorts
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.ports import Clock, Platform, Progress, StateFile, Workers
from probe_gate.use_cases.run_tag import CHARACTERS, NONCE_LENGTH, RunTag, make_run_tag, owner_code

if TYPE_CHECKING:
    from pathlib import Path

    from probe_gate.ci.job import CiJob
    from probe_gate.files.target_file import TargetFile
    from probe_gate.http.connection import RequestLogger, RequestObserver
    from probe_gate.probe_api.api import ProbeApi
    from probe_gate.settings import Connection, OutputSettings, ReportSettings, Settings, TargetPlan

Result = TypeVar("Result")
Question = Callable[[Platform, Clock, float], Awaitable[Result]]
"""Makes requests, given the platform, the clock and a deadline."""


@dataclass(frozen=True, slots=True)
class GateContext:
    """What the steps of a command that ends with a verdict share."""

    report: ReportSettings
    output: OutputSettings
    job: CiJob
    directory: Path | None
    """The absolute path of the report directory; None if it is not writable."""
    log: Callable[[str], None]
    """Writes a line to the log."""
    timings: Timings = DEFAULT_TIMINGS


def open_platform(
    connection: Connection,
    clock: Clock,
    workers: Workers,
    *,
    secrets: Iterable[str] = (),
    on_retry: Callable[[GateError, float], None] | None = None,
    on_request: RequestObserver | None = None,
) -> ProbeApi:
    """Return a client of the platform. Sends nothing yet.

    Args:
        connection: How to reach the platform.
        clock: For deadlines.
        workers: Runs the requests.
        secrets: Texts that are sent to the platform and must not appear in messages, in addition to the API key.
        on_retry: Called with each failure that will be retried, and the seconds until then.
        on_request: Called with each request and what was decided about its response.

    Raises:
        ConfigError: The connection cannot be set up, for example because of unreadable certificates.
    """
    from probe_gate import __version__
    from probe_gate.http.session import HttpSession
    from probe_gate.probe_api.api import ProbeApi
    from probe_gate.probe_api.calls import Calls

    session = HttpSession(
        connection.api_url,
        {"X-Api-Key": connection.api_key.reveal()},
        monotonic=clock.monotonic,
        user_agent=f"probe-gate/{__version__}",
    )
    return ProbeApi(Calls(session, workers, clock, on_retry, secrets, on_request), connection.workspace_id)


def ask_platform(
    connection: Connection,
    question: Question[Result],
    *,
    seconds: float,
    secrets: Iterable[str] = (),
    on_retry: Callable[[GateError, float], None] | None = None,
    log_requests: RequestLogger | None = None,
) -> Result:
    """Return the result of `question`, within `seconds`. Raises what `question` raises.

    `log_requests` creates the observer that logs each request.
    """

    async def ask(platform: Platform, clock: Clock) -> Result:
        return await question(platform, clock, clock.monotonic() + seconds)

    def make_tasks(clock: Clock, workers: Workers) -> Sequence[Coroutine[Any, Any, Result]]:
        on_request = None if log_requests is None else log_requests(clock)
        platform = open_platform(connection, clock, workers, secrets=secrets, on_retry=on_retry, on_request=on_request)
        return [ask(platform, clock)]

    (answer,) = run_all(make_tasks, parallel=1, stop_signal=STOP_SIGNAL)
    return answer


def run_gates(
    settings: Settings,
    context: GateContext,
    *,
    started: float,
    state: StateFile,
    on_bug: Callable[[BaseException], None],
    target_file: TargetFile | None = None,
) -> Verdict:
    """Gate all targets of the settings concurrently, or the target of the target file.

    Args:
        settings: The settings of the command.
        context: Where the command runs and reports.
        started: The start of the time limit as a reading of the monotonic clock.
        state: Records what is started.
        on_bug: Called with unexpected exceptions.
        target_file: The target file, if one was given.
    """
    started_at = datetime.now(UTC)
    job, connection = context.job, settings.connection
    if connection is None:
        raise AssertionError("a gate needs a connection")
    log_requests = make_request_log(context.output, context.log)

    def make_tasks(clock: Clock, workers: Workers) -> Sequence[Coroutine[Any, Any, TargetVerdict]]:
        progress = stack.enter_context(make_progress(context, clock, target_count=max(len(settings.targets), 1)))
        first = settings.targets[0].target if settings.targets else Target(0, "platform")
        on_request = None if log_requests is None else log_requests(clock)
        platform = open_platform(
            connection,
            clock,
            workers,
            secrets=target_file.state.secrets if target_file else (),
            on_retry=RetryNotifier(progress, clock, first),
            on_request=on_request,
        )
        ports = GatePorts(platform, clock, progress, state, random.SystemRandom().random, on_bug, settings.timings)
        deadline = started + settings.run.timeout_seconds
        baselines = BaselineFiles(is_demo=settings.command == "demo")
        if target_file is not None:
            return [gate_target_file(settings, target_file, job, deadline, baselines, ports)]
        use_case = check_target if settings.command == "check" else gate_target
        return [use_case(make_plan(settings, target, job, deadline, baselines), ports) for target in settings.targets]

    with ExitStack() as stack:
        verdicts = run_all(make_tasks, parallel=settings.run.parallel, stop_signal=STOP_SIGNAL)
    return combine(
        verdicts,
        started_at=started_at,
        judged_at=datetime.now(UTC),
        command=settings.command,
        shard=settings.report.shard,
        notes=notes_on(target_file, settings) if target_file else (),
        signal_number=STOP_SIGNAL.signal_number,
    )


def make_progress(context: GateContext, clock: Clock, *, target_count: int) -> AbstractContextManager[Progress]:
    """Return the progress display for a terminal or log, or one that prints nothing."""
    output = context.output
    # JSON results go to standard output, so the log goes to standard error
    stream = sys.stderr if output.format == "json" else sys.stdout
    watched = stream.isatty() and context.job.system == "generic" and not output.verbose
    if output.quiet:
        style = ProgressStyle.QUIET
    elif output.log_format == "json":
        style = ProgressStyle.JSON
    else:
        style = ProgressStyle.LIVE if watched else ProgressStyle.PLAIN
    return open_progress(style, stream, clock, target_count=target_count, color=output.color)


def make_request_log(output: OutputSettings, write: Callable[[str], None]) -> RequestLogger | None:
    """Return the factory of the request log for `--verbose`, which uses `write`; None without `--verbose`."""
    if not output.verbose:
        return None
    from probe_gate.progress.log_lines import RequestLog

    return partial(RequestLog, write, as_json=output.log_format == "json")


def notes_on(file: TargetFile, settings: Settings) -> tuple[str, ...]:
    """Return the notes on a target file for the verdict."""
    named = settings.named_target_ids
    if named in ((), (file.id,)):
        return file.notes
    ids = ", ".join(map(str, named[:5]))
    return (
        *file.notes,
        f"The target comes from {file.name}; that of --target-id or SPLX_TARGET_ID ({ids}) is ignored.",
    )


def gate_target_file(
    settings: Settings, file: TargetFile, job: CiJob, deadline: float, baselines: BaselineFiles, ports: GatePorts
) -> Coroutine[Any, Any, TargetVerdict]:
    """Return the gate of the target that a file describes, which exists or is created for this run."""

    def plan_for(target: Target) -> GatePlan:
        return make_plan(settings, settings.plan_for(target), job, deadline, baselines)

    if file.id is None:
        from probe_gate.use_cases.ephemeral_target import (  # imported here: most gates have no target file
            EphemeralTargetPlan,
            gate_ephemeral_target,
        )

        tag = run_tag_for(job, 0, "preview")
        return gate_ephemeral_target(EphemeralTargetPlan(file.state.tagged(tag.text), deadline, plan_for), ports)
    plan = plan_for(Target(file.id, file.state.shown_name))
    return gate_target(replace(plan, target_state=file.state), ports)


def write_comment(context: GateContext, text: str) -> str:
    """Write or update the comment on the pull or merge request. Return what went wrong; empty if nothing did."""

    async def write(clock: Clock, workers: Workers) -> str:
        try:
            return await comment_on(context, text, clock, workers)
        except CancelledError:
            return "No comment was written: a signal asked the gate to stop."

    (problem,) = run_all(lambda clock, workers: [write(clock, workers)], parallel=1, stop_signal=STOP_SIGNAL)
    return problem


async def comment_on(context: GateContext, text: str, clock: Clock, workers: Workers) -> str:
    """Write or update the comment. Return what went wrong; empty if nothing did. Raises only `CancelledError`."""
    from probe_gate.ci.comments import no_comment, publish_comment, why_no_comment

    token = context.report.comment_token.reveal() if context.report.comment_token else ""
    problem = why_no_comment(context.job, token)
    if problem is not None:
        return problem
    # these import requests, and most gates write no comment
    from probe_gate.ci.comment_apis import MAX_ANSWER_BYTES, open_api
    from probe_gate.http.retry import Retrier
    from probe_gate.http.session import HttpSession

    # the last line of a JSON log is the verdict
    is_logged = context.output.log_format == "text"
    log_requests = make_request_log(context.output, context.log) if is_logged else None
    seconds = context.timings.comment_seconds
    deadline = clock.monotonic() + seconds
    try:
        api = open_api(
            context.job,
            token=token,
            connect=partial(HttpSession, monotonic=clock.monotonic, max_bytes=MAX_ANSWER_BYTES),
            clock=clock,
            deadline=deadline,
            on_request=None if log_requests is None else log_requests(clock),
        )
    except GateError as error:
        return no_comment(error)
    return await publish_comment(
        context.job, text, api, seconds=seconds, deadline=deadline, workers=workers, retrier=Retrier(clock)
    )


def make_plan(
    settings: Settings, target: TargetPlan, job: CiJob, deadline: float, baselines: BaselineFiles
) -> GatePlan:
    """Return the plan for gating one target."""
    run, connection = settings.run, settings.connection
    platform_url = connection.platform_url if connection else None
    workspace_id = connection.workspace_id if connection else 0
    target_id = target.target.id

    def run_url(run_id: int) -> str:
        if platform_url is None:
            return ""
        return f"{page_url(platform_url, workspace_id, target_id)}/test-runs/{run_id}"

    return GatePlan(
        target=target.target,
        policy=target.policy,
        tag=run_tag_for(job, target_id, str(target.probes)),
        name=run.name or job.default_run_name,
        job=job.link or job.job,
        probes=target.probes,
        test_run_id=settings.test_run_id,
        deadline=deadline,
        timeout_seconds=run.timeout_seconds,
        poll_low_seconds=run.poll_low_seconds,
        poll_high_seconds=run.poll_high_seconds,
        settle_seconds=run.settle_seconds,
        scores_timeout_seconds=run.scores_timeout_seconds,
        trust_unproven=run.unproven_scores == "trust",
        completed_statuses=run.completed_statuses,
        on_timeout_cancel=run.on_timeout == "cancel",
        on_busy=run.on_busy,
        reuse=run.reuse == "in-progress",
        notify_when_finished=run.notify,
        run_ai_analysis=run.run_ai_analysis,
        baseline=baselines.find(target.policy, target_id),
        run_url=run_url,
        overrides=target.overrides,
    )


def run_tag_for(job: CiJob, target_id: int, probes: str) -> RunTag:
    """Return a new run tag for what this job starts."""
    identity = job.job_identity()
    nonce = "".join(secrets.choice(CHARACTERS) for _ in range(NONCE_LENGTH))
    # a job that cannot be identified shares its key with no other
    key_parts = [*identity, job.key] if identity else [nonce, str(time.time_ns())]
    owner = owner_code(job.owner_identity())
    return make_run_tag(key_parts, job.attempt if identity else None, target_id, probes, nonce, owner)
