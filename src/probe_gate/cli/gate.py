"""`probe-gate run` and `check`: from settings to an exit code, with reports on every path."""

from __future__ import annotations

import argparse
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe_gate.bootstrap import GateContext, run_gates
from probe_gate.ci.detect import detect_ci
from probe_gate.ci.files import check_writable, hold_report_dir, prepare_report_dir, remove_earlier
from probe_gate.ci.gitlab import ANNOTATIONS_FILE, DOTENV_FILE
from probe_gate.ci.job import path_in_repository
from probe_gate.ci.publish import log_section, mask_lines
from probe_gate.ci.state_file import STATE_FILE, open_state
from probe_gate.cli.arguments import is_target_flag
from probe_gate.cli.cleanup import warn_of_unfinished_runs
from probe_gate.cli.output import line_writer, print_bug
from probe_gate.cli.publish import publish
from probe_gate.domain.policy import Origin, Policy
from probe_gate.domain.text import name_of
from probe_gate.domain.verdict import Scope, TargetVerdict, Verdict, end_early
from probe_gate.errors import (
    ConfigError,
    GateError,
    InternalError,
    Outcome,
    PlatformError,
    exit_code_for,
    explain_exhaustion,
)
from probe_gate.options import REPORT_FILES
from probe_gate.settings import MissingKeyError, Settings, flags_from, read_job_key, read_output_settings, read_settings
from probe_gate.settings.values import ReportSettings
from probe_gate.use_cases.run_tag import belongs_to, owner_code

if TYPE_CHECKING:
    from probe_gate.ci.job import CiJob
    from probe_gate.files.target_file import TargetFile


@dataclass(frozen=True, slots=True)
class Start:
    """When the command began."""

    monotonic: float
    at: datetime


def gate(
    command: str,
    arguments: argparse.Namespace,
    environ: Mapping[str, str],
    *,
    demo_defaults: Collection[str] | None = None,
) -> int:
    """Run a gate and return its exit code.

    Args:
        command: `run` or `check`.
        arguments: The parsed command line.
        environ: The environment variables.
        demo_defaults: The variables that a demo has set; None if this is none. In a demo the platform is the sandbox, the
            reports say `demo`, and `.probe-gate.yml` is not read.
    """
    start = Start(time.monotonic(), datetime.now(UTC))
    flags = flags_from(arguments, command)
    job = detect_ci(environ, read_job_key(command, flags, environ))
    try:
        settings = read_settings(
            command,
            flags,
            environ,
            today=start.at.date(),
            from_fork=job.is_fork_without_secrets,
            leaves_unset_names=job.leaves_unset_names,
            default_policy=demo_defaults is None,
            repository_path=lambda path: path_in_repository(path, job.workspace),
        )
        if demo_defaults is not None:
            settings = _demo_settings(settings, demo_defaults)
        target_file = None
        if settings.target_file is not None:
            from probe_gate.cli.targets import read_target, reject_other_target  # most gates have no target file

            target_file = read_target(settings.target_file, environ, settings)
            reject_other_target(target_file, settings, is_flag=is_target_flag(flags))
    except MissingKeyError as error:
        if not error.from_fork:
            error.hint = f"{job.why_no_secrets} {error.hint}".strip()
        return end_early_with_reports(
            command, _skipped_error(error) if error.may_skip else error, flags, environ, start.at
        )
    except GateError as error:
        return end_early_with_reports(command, error, flags, environ, start.at)
    try:
        with open_context(settings, job) as (context, directory):
            reject_reports_of_another_gate(
                context, command=settings.command, shard=settings.report.shard, scope=_scope_of(settings)
            )
            check_writable(directory, settings.report.directory, FILES, stale=_earlier_reports(directory, settings))
            return _gate(settings, target_file, context, directory, start)
    except ConfigError as error:
        # the directory cannot be used, so that nothing is written into it
        report = replace(settings.report, comment=False)  # the comment may be that of the gate whose directory it is
        context = GateContext(report, settings.output, job, None, line_writer("stderr"))
        return publish(_ended(error, settings.command, report, start.at, job), context, error)


def _demo_settings(settings: Settings, defaults: Collection[str]) -> Settings:
    """Return the settings of a demo, whose reports do not say that the user has set the limits of the demo."""

    def label(policy: Policy) -> Policy:
        minimums = tuple(
            replace(one, limit=replace(one.limit, origin=Origin("the demo")))
            if str(one.limit.origin) in defaults
            else one
            for one in policy.min_category_scores
        )
        return replace(policy, min_category_scores=minimums)

    targets = tuple(replace(target, policy=label(target.policy)) for target in settings.targets)
    return replace(settings, command="demo", targets=targets)


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Start a test run, wait for it and judge it."""
    return gate("run", arguments, environ)


def check(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Judge the current scores, without a run."""
    return gate("check", arguments, environ)


def report_usage_error(error: ConfigError, environ: Mapping[str, str]) -> int:
    """Report an invalid command line, write the reports of a gate, and return its exit code."""
    return end_early_with_reports("run", error, {}, environ, datetime.now(UTC))


class _SkippedError(GateError):
    outcome = Outcome.SKIPPED


def _skipped_error(error: MissingKeyError) -> GateError:
    why = "This pull request is from a fork, so there is no API key." if error.from_fork else error.message
    return _SkippedError(f"{why} Nothing was tested.", error.hint)


@contextmanager
def open_context(settings: Settings, job: CiJob) -> Iterator[tuple[GateContext, Path]]:
    """Yield the context of a command and its report directory, which stays locked meanwhile.

    Raises:
        ConfigError: The directory cannot be used.
    """
    report, output = settings.report, settings.output
    directory = prepare_report_dir(report.directory)
    with hold_report_dir(directory, report.directory):
        # when a program reads the result, people read the log from the other stream
        log = line_writer("stderr" if output.format == "json" else "stdout")
        yield GateContext(report, output, job, directory, log), directory


def _gate(
    settings: Settings, target_file: TargetFile | None, context: GateContext, directory: Path, start: Start
) -> int:
    job, log = context.job, context.log
    if settings.connection is not None:
        for line in mask_lines(job, settings.connection.api_key.reveal()):
            line_writer("stderr")(line)
    owner = owner_code(job.owner_identity())
    state = open_state(job, directory, lambda tag: belongs_to(tag, owner, job.attempt))
    warn_of_unfinished_runs(state, log)
    clear_earlier_reports(directory, settings)
    try:
        with log_section(job, "Test run", log, time.time, wanted=settings.output.log_format == "text"):
            verdict = run_gates(
                settings,
                context,
                started=start.monotonic,
                state=state,
                on_bug=lambda bug: print_bug(bug, verbose=settings.output.verbose),
                target_file=target_file,
            )
    except GateError as error:
        verdict = _ended(error, settings.command, settings.report, start.at, job)
    except Exception as bug:  # noqa: BLE001 - the reports stand also on a bug of ours
        print_bug(bug, verbose=settings.output.verbose)
        verdict = _ended(_error_from_bug(bug), settings.command, settings.report, start.at, job)
    verdict = replace(
        verdict,
        notes=(*settings.notes, *verdict.notes),
        scope=_scope_of(settings) or _scope_of_file(verdict),
        job=job.identity(),
        policy_files=settings.policy_files,
    )
    if not any(_needs_cleanup(target, settings) for target in verdict.targets):
        state.mark_finished()
    return publish(verdict, context)


def _scope_of(settings: Settings) -> Scope | None:
    """Return which targets are to be evaluated; None with a target file, whose target may have no ID yet."""
    if settings.target_file is not None:
        return None
    return Scope(tuple(plan.target.id for plan in settings.targets), settings.all_target_ids)


def _scope_of_file(verdict: Verdict) -> Scope:
    ids = tuple(sorted(target.target.id for target in verdict.targets))
    return Scope(ids, ids)


def _error_from_bug(bug: Exception) -> GateError:
    exhausted = explain_exhaustion(bug)
    if exhausted is not None:
        return PlatformError(*exhausted)
    return InternalError(f"Unexpected {type(bug).__name__}.", "This is a bug in probe-gate: please report it.")


def _ended(error: GateError, command: str, report: ReportSettings, started_at: datetime, job: CiJob) -> Verdict:
    now = datetime.now(UTC)
    verdict = end_early(error, started_at=started_at, judged_at=now, command=command, shard=report.shard)
    return replace(verdict, job=job.identity())


def end_early_with_reports(
    command: str, error: GateError, flags: Mapping[str, str], environ: Mapping[str, str], started_at: datetime
) -> int:
    """Report a gate that ended before it started, write its reports if possible, and return its exit code."""
    report, output = read_output_settings(command, flags, environ)
    job = detect_ci(environ, read_job_key(command, flags, environ))
    context = GateContext(report, output, job, None, line_writer("stderr"))
    with ExitStack() as stack:
        try:
            directory = prepare_report_dir(report.directory)
            stack.enter_context(hold_report_dir(directory, report.directory))
            with_directory = replace(context, directory=directory)
            if command != "merge":
                reject_reports_of_another_gate(with_directory, command=command, shard=report.shard, scope=None)
            check_writable(directory, report.directory, FILES, stale=WRITTEN)
            context = with_directory
        except ConfigError as unusable:
            if exit_code_for(error.outcome) == 0:
                error = unusable  # a skipped gate leaves reports, too
        return publish(_ended(error, command, report, started_at, job), context, error)


def _needs_cleanup(target: TargetVerdict, settings: Settings) -> bool:
    """Return whether a run may still be active that a cleanup step should try again to cancel."""
    stop = target.last.early_exit
    ended = target.outcome if stop is None else stop.outcome
    is_asked_for = settings.run.on_timeout == "leave" and ended in (Outcome.TIMED_OUT, Outcome.PLATFORM_ERROR)
    return bool(target.left_running) and not is_asked_for


MAX_TARGETS_NAMED = 10
WRITTEN = (*REPORT_FILES.values(), DOTENV_FILE, ANNOTATIONS_FILE)
"""The files that a gate leaves in its report directory."""
FILES = (*WRITTEN, STATE_FILE)


def reject_reports_of_another_gate(
    context: GateContext,
    *,
    command: str,
    shard: tuple[int, int] | None,
    scope: Scope | None,
) -> None:
    """Raise `ConfigError` if the directory has the reports of another gate of the same job and attempt.

    Replacing them would leave the job with the reports of its last gate only. Reports of other jobs are stale, and those
    of an earlier start of this gate may be replaced. `command`, `shard` and `scope` describe this gate.
    """
    job = context.job.identity()
    if job is None or context.directory is None:
        return
    path = context.directory / REPORT_FILES["json"]
    if not path.is_file():
        return
    from probe_gate.files.report_document import encode
    from probe_gate.files.report_file import decode_report, parse_json, read_text

    try:
        document = parse_json(read_text(path), str(path))
        if not _is_report_of_job(document.get("job"), encode(job)):
            return
        earlier = decode_report(document, str(path))
    except ConfigError:
        return
    is_started_again = (
        earlier.job is not None
        and (earlier.job.step, earlier.job.key) == (job.step, job.key)
        and (earlier.command, earlier.shard) == (command, shard)
        and (earlier.scope is None or scope is None or earlier.scope == scope)
    )
    if not is_started_again:
        about = ", ".join(name_of(target.target) for target in earlier.targets[:MAX_TARGETS_NAMED])
        raise ConfigError(
            f"The report directory {context.report.directory} has the reports of another gate of this job{f' ({about})' if about else ''}.",
            "Give each gate a --report-dir of its own. Nothing was started.",
        )


def _is_report_of_job(found: object, wanted: dict[str, Any]) -> bool:
    """Return whether a report comes from this attempt of this job, in any step.

    On GitHub all legs of a matrix have the same job name; only the key distinguishes them.
    """
    apart = ("step",) if wanted["system"] == "github" else ("step", "key")
    return isinstance(found, dict) and all(found.get(name) == wanted[name] for name in wanted if name not in apart)


def clear_earlier_reports(directory: Path, settings: Settings) -> None:
    """Remove earlier reports except baselines, so that none is mistaken for this gate's if it is killed."""
    remove_earlier(directory, _earlier_reports(directory, settings))


def _earlier_reports(directory: Path, settings: Settings) -> list[str]:
    baselines = (target.policy.baseline for target in settings.targets)
    kept = {Path(baseline.value).resolve() for baseline in baselines if baseline is not None}
    return [name for name in WRITTEN if directory / name not in kept]
