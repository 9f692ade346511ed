"""Values and adapters become a gate: the only place that names the concrete classes."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from probe_gate.domain.evidence import Target
from probe_gate.domain.verdict import TargetVerdict, Verdict, combine
from probe_gate.errors import GateError
from probe_gate.files.baseline import BaselineFiles
from probe_gate.progress.retry_notifier import OutageTeller
from probe_gate.runtime.runner import run_all
from probe_gate.runtime.signals import StopSignal
from probe_gate.timings import DEFAULT_TIMINGS
from probe_gate.use_cases.check_target import check_target
from probe_gate.use_cases.context import GatePlan, GatePorts
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.ports import Clock, Platform, Progress, RunJournal, Workers
from probe_gate.use_cases.run_tag import CHARACTERS, NONCE_LENGTH, Mark, make_mark, owner_code

if TYPE_CHECKING:
    from probe_gate.ci.job import CiJob
    from probe_gate.files.target_file import TargetFile
    from probe_gate.http.connection import RequestLogger, RequestObserver
    from probe_gate.probe_api.api import ProbeApi
    from probe_gate.settings import Connection, Settings, TargetPlan

Result = TypeVar("Result")
Question = Callable[[Platform, Clock, float], Awaitable[Result]]
"""Given the platform, the clock and a deadline, what to ask."""


def open_platform(
    connection: Connection,
    clock: Clock,
    workers: Workers,
    *,
    secrets: Iterable[str] = (),
    on_retry: Callable[[GateError, float], None] | None = None,
    on_request: RequestObserver | None = None,
) -> ProbeApi:
    """The client of the platform. Sends nothing yet. Raises `ConfigError`, such as for certificates that cannot be read.

    `secrets`: what is sent to the platform and must not come back in a message, beside the API key. `on_retry` is told
    each failure that will be asked again, and the seconds until then; `on_request` of each request, and what was
    decided because of its answer.
    """
    from probe_gate import __version__
    from probe_gate.http.session import HttpSession
    from probe_gate.probe_api.api import ProbeApi

    session = HttpSession(
        connection.api_url,
        {"X-Api-Key": connection.api_key.reveal()},
        monotonic=clock.monotonic,
        user_agent=f"probe-gate/{__version__}",
    )
    return ProbeApi(
        session,
        workers,
        clock,
        connection.workspace_id,
        on_retry=on_retry,
        sent_secrets=secrets,
        on_request=on_request,
    )


def ask_platform(
    connection: Connection,
    question: Question[Result],
    *,
    seconds: float,
    stop_signal: StopSignal,
    secrets: Iterable[str] = (),
    on_retry: Callable[[GateError, float], None] | None = None,
    log_requests: RequestLogger | None = None,
) -> Result:
    """The answer to one question, asked for at most so many seconds. Raises what the question raises.

    `log_requests` makes what is told of each request.
    """

    async def ask(platform: Platform, clock: Clock) -> Result:
        return await question(platform, clock, clock.monotonic() + seconds)

    def story(clock: Clock, workers: Workers) -> Sequence[Coroutine[Any, Any, Result]]:
        on_request = None if log_requests is None else log_requests(clock)
        platform = open_platform(connection, clock, workers, secrets=secrets, on_retry=on_retry, on_request=on_request)
        return [ask(platform, clock)]

    (answer,) = run_all(story, parallel=1, stop_signal=stop_signal)
    return answer


def run_gates(
    settings: Settings,
    job: CiJob,
    *,
    began: float,
    stop_signal: StopSignal,
    make_progress: Callable[[Clock], AbstractContextManager[Progress]],
    journal: RunJournal,
    on_bug: Callable[[BaseException], None],
    target_file: TargetFile | None = None,
    log_requests: RequestLogger | None = None,
) -> Verdict:
    """Gates every target of the settings at once, or the one of the target file.

    `began`: the reading of the monotonic clock that time counts from. `log_requests` makes what is told of
    each request.
    """
    started_at = datetime.now(UTC)
    connection = settings.connection
    if connection is None:
        raise AssertionError("a gate needs a connection")

    def story(clock: Clock, workers: Workers) -> Sequence[Coroutine[Any, Any, TargetVerdict]]:
        progress = stack.enter_context(make_progress(clock))
        first = settings.targets[0].target if settings.targets else Target(0, "platform")
        on_request = None if log_requests is None else log_requests(clock)
        platform = open_platform(
            connection,
            clock,
            workers,
            secrets=target_file.state.secrets if target_file else (),
            on_retry=OutageTeller(progress, clock, first),
            on_request=on_request,
        )
        ports = GatePorts(platform, clock, progress, journal, random.SystemRandom().random, on_bug, DEFAULT_TIMINGS)
        deadline = began + settings.run.timeout_seconds
        if target_file is not None:
            return [gate_target_file(settings, target_file, job, deadline, ports)]
        use_case = check_target if settings.command == "check" else gate_target
        baselines = BaselineFiles()
        return [use_case(make_plan(settings, target, job, deadline, baselines), ports) for target in settings.targets]

    with ExitStack() as stack:
        verdicts = run_all(story, parallel=settings.run.parallel, stop_signal=stop_signal)
    return combine(
        verdicts,
        started_at=started_at,
        judged_at=datetime.now(UTC),
        command=settings.command,
        shard=settings.report.shard,
        notes=notes_on(target_file, settings) if target_file else (),
        signal_number=stop_signal.signal_number,
    )


def notes_on(file: TargetFile, settings: Settings) -> tuple[str, ...]:
    """What a reader should know about the target file."""
    named = settings.named_target_ids
    if named in ((), (file.id,)):
        return file.notes
    ids = ", ".join(map(str, named[:5]))
    return (
        *file.notes,
        f"The target comes from {file.name}; that of --target-id or SPLX_TARGET_ID ({ids}) is not used.",
    )


def gate_target_file(
    settings: Settings, file: TargetFile, job: CiJob, deadline: float, ports: GatePorts
) -> Coroutine[Any, Any, TargetVerdict]:
    """The gate of a target that a file describes: one that exists, or one that is made for this run."""

    def plan_for(target: Target) -> GatePlan:
        return make_plan(settings, settings.plan_for(target), job, deadline, BaselineFiles())

    if file.id is None:
        from probe_gate.use_cases.ephemeral_target import PreviewPlan, gate_preview  # most gates have no target file

        mark = mark_for(settings, job, 0, "preview")
        return gate_preview(PreviewPlan(file.state.marked(mark.text), deadline, plan_for), ports)
    plan = plan_for(Target(file.id, file.state.shown_name))
    return gate_target(replace(plan, target_state=file.state), ports)


def make_plan(
    settings: Settings, target: TargetPlan, job: CiJob, deadline: float, baselines: BaselineFiles
) -> GatePlan:
    """What is to be done for one target."""
    run, connection = settings.run, settings.connection
    platform_url = connection.platform_url if connection else None
    workspace_id = connection.workspace_id if connection else 0
    target_id = target.target.id

    def run_url(run_id: int) -> str:
        if platform_url is None:
            return ""
        return f"{platform_url}/w/{workspace_id}/target/{target_id}/test-runs/{run_id}"

    return GatePlan(
        target=target.target,
        policy=target.policy,
        mark=mark_for(settings, job, target_id, str(target.probes)),
        name=run.name or job.default_run_name,
        job=job.link or job.job,
        probes=target.probes,
        test_run_id=settings.test_run_id,
        deadline=deadline,
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


def mark_for(settings: Settings, job: CiJob, target_id: int, probes: str) -> Mark:
    """A new mark for what this job starts."""
    identity = job.job_identity()
    nonce = "".join(secrets.choice(CHARACTERS) for _ in range(NONCE_LENGTH))
    # a job that cannot be told apart from others shares no key with any
    key_parts = [*identity, settings.run.job_key] if identity else [nonce, str(time.time_ns())]
    owner = owner_code(job.owner_identity(settings.run.job_key))
    return make_mark(key_parts, job.attempt if identity else None, target_id, probes, nonce, owner)
