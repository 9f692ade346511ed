"""What `run`, `check` and `demo` share: from settings to an exit code, with reports on every path."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.files import hold_report_dir, prepare_report_dir
from probe_gate.ci.journal import open_journal
from probe_gate.ci.publish import log_section, mask_lines
from probe_gate.ci.workspace import path_in_repository
from probe_gate.cli.comment import job_key_of, keep_comment
from probe_gate.cli.ending import cancelled, end, ending_line, print_verdict, request_logger, writer
from probe_gate.cli.leftovers import clear_earlier_reports, refuse_reports_of_another_gate, tell_of_left_runs
from probe_gate.cli.main import complain, complain_of_bug
from probe_gate.cli.target_files import read_target, refuse_other_target
from probe_gate.domain.verdict import Scope, TargetVerdict, Verdict, end_early
from probe_gate.errors import ConfigError, GateError, InternalError, Outcome, PlatformError, explain_exhaustion
from probe_gate.progress.factory import ProgressStyle, open_progress
from probe_gate.runtime.signals import STOP_SIGNAL
from probe_gate.settings import (
    MissingKeyError,
    OutputSettings,
    Settings,
    flags_from,
    read_output_settings,
    read_settings,
)
from probe_gate.use_cases.run_tag import belongs_to, owner_code

if TYPE_CHECKING:
    from probe_gate.ci.job import CiJob
    from probe_gate.files.target_file import TargetFile
    from probe_gate.use_cases.ports import Clock, Progress


def gate(
    command: str, arguments: argparse.Namespace, environ: Mapping[str, str], *, default_policy: bool = True
) -> int:
    """Runs a gate and returns its exit code. `default_policy`: whether `.probe-gate.yml` is read where it is there."""
    began, started_at = time.monotonic(), datetime.now(UTC)
    job = detect_ci(environ)
    flags = flags_from(arguments, command)
    try:
        settings = read_settings(
            command,
            flags,
            environ,
            today=started_at.date(),
            from_fork=job.is_fork_without_secrets,
            leaves_unset_names=job.leaves_unset_names,
            default_policy=default_policy,
            repository_path=lambda path: path_in_repository(path, job, environ),
        )
        target_file = None if settings.target_file is None else read_target(settings.target_file, environ)
        if target_file is not None:
            refuse_other_target(target_file, settings, is_flag=bool(flags.get("target-id", "").strip()))
    except MissingKeyError as error:
        if not error.from_fork:
            error.advice = f"{job.why_no_secrets} {error.advice}".strip()
        return end_without_targets(
            command, _skipped(error) if error.may_skip else error, job, flags, environ, started_at
        )
    except GateError as error:
        return end_without_targets(command, error, job, flags, environ, started_at)
    try:
        directory = prepare_report_dir(settings.report.directory)
        with hold_report_dir(directory, settings.report.directory):
            refuse_reports_of_another_gate(
                directory,
                settings.report.directory,
                job.identity(settings.run.job_key),
                command=settings.command,
                shard=settings.report.shard,
                scope=_scope_of(settings),
            )
            return _gate(settings, target_file, job, environ, directory, began, started_at)
    except ConfigError as error:
        complain(error)
        return 2


def refuse(error: ConfigError, environ: Mapping[str, str]) -> int:
    """The end of a gate whose command line makes no sense."""
    return end_without_targets("run", error, detect_ci(environ), {}, environ, datetime.now(UTC))


class _SkippedError(GateError):
    outcome = Outcome.SKIPPED


def _skipped(error: MissingKeyError) -> GateError:
    why = "This pull request is from a fork, so there is no API key." if error.from_fork else error.message
    return _SkippedError(f"{why} Nothing was tested.", error.advice)


def _gate(
    settings: Settings,
    target_file: TargetFile | None,
    job: CiJob,
    environ: Mapping[str, str],
    directory: Path,
    began: float,
    started_at: datetime,
) -> int:
    # when a program reads the result, people read the log from the other stream
    log = writer("stderr" if settings.output.format == "json" else "stdout")
    if settings.connection is not None:
        for line in mask_lines(job, settings.connection.api_key.reveal()):
            writer("stderr")(line)
    owner = owner_code(job.owner_identity(settings.run.job_key))
    journal = open_journal(job, environ, directory, lambda mark: belongs_to(mark, owner, job.attempt))
    tell_of_left_runs(journal, log)
    clear_earlier_reports(directory, settings)
    try:
        from probe_gate.bootstrap import run_gates

        with log_section(job, "Test run", log, time.time, wanted=settings.output.log_format == "text"):
            verdict = run_gates(
                settings,
                job,
                began=began,
                stop_signal=STOP_SIGNAL,
                make_progress=lambda clock: make_progress(settings, clock, job),
                journal=journal,
                on_bug=lambda bug: complain_of_bug(bug, verbose=settings.output.verbose),
                target_file=target_file,
                log_requests=request_logger(settings.output, log),
            )
    except GateError as error:
        verdict = _ended(error, settings, started_at)
    except Exception as bug:  # noqa: BLE001 - the reports stand also on a bug of ours
        complain_of_bug(bug, verbose=settings.output.verbose)
        verdict = _ended(_understand(bug), settings, started_at)
    verdict = replace(
        verdict,
        notes=(*settings.notes, *verdict.notes),
        scope=_scope_of(settings) or _scope_of_file(verdict),
        job=job.identity(settings.run.job_key),
    )
    if not any(_is_left_against_our_will(target, settings) for target in verdict.targets):
        journal.note_end()
    return finish(verdict, settings, job, environ, directory, log)


def _scope_of(settings: Settings) -> Scope | None:
    """Return which targets are to be judged; None if that is one that a file describes: it may have no id yet."""
    if settings.target_file is not None:
        return None
    return Scope(tuple(plan.target.id for plan in settings.targets), settings.all_target_ids)


def _scope_of_file(verdict: Verdict) -> Scope:
    ids = tuple(sorted(target.target.id for target in verdict.targets))
    return Scope(ids, ids)


def _understand(bug: Exception) -> GateError:
    exhausted = explain_exhaustion(bug)
    if exhausted is not None:
        return PlatformError(*exhausted)
    return InternalError(f"Unexpected {type(bug).__name__}.", "This is a bug in probe-gate: please report it.")


def _ended(error: GateError, settings: Settings, started_at: datetime) -> Verdict:
    command, shard = settings.command, settings.report.shard
    return end_early(error, started_at=started_at, judged_at=datetime.now(UTC), command=command, shard=shard)


def finish(
    verdict: Verdict,
    settings: Settings,
    job: CiJob,
    environ: Mapping[str, str],
    directory: Path,
    log: Callable[[str], None],
) -> int:
    """Writes the reports of a verdict, says it, and returns its exit code."""
    report, output = settings.report, settings.output

    def tell(verdict: Verdict) -> tuple[Verdict, Mapping[str, str]]:
        ended = end(verdict, wanted=report.reports, directory=directory, job=job, environ=environ, write=log)
        if output.log_format == "json":
            log(ending_line(ended[0], directory=directory, reports=ended[1]))
        else:
            stream = sys.stderr if output.format == "json" else sys.stdout
            color = output.color and sys.stdout.isatty()
            encoding = getattr(stream, "encoding", None) or "utf-8"
            print_verdict(ended[0], directory=directory, reports=ended[1], color=color, encoding=encoding, write=log)
        return ended

    verdict, reports = tell(verdict)
    if STOP_SIGNAL.signal_number is not None and verdict.outcome is not Outcome.CANCELLED:
        # the signal came while the reports were written: they are to say so
        verdict, reports = tell(cancelled(verdict, STOP_SIGNAL.signal_number))
    _print_document(verdict, reports, output)
    if report.comment:
        key = settings.run.job_key
        # the last line of a log for programs is the verdict's
        logger = request_logger(output, log) if output.log_format == "text" else None
        keep_comment(
            verdict, reports, job, environ, job_key=key, stop_signal=STOP_SIGNAL, write=log, log_requests=logger
        )
    return verdict.exit_code


def end_without_targets(
    command: str,
    error: GateError,
    job: CiJob,
    flags: Mapping[str, str],
    environ: Mapping[str, str],
    started_at: datetime,
) -> int:
    """The end of a gate that was not begun: said, and reported as far as it is known where to."""
    report, output = read_output_settings(command, flags, environ)
    verdict = end_early(error, started_at=started_at, judged_at=datetime.now(UTC), command=command, shard=report.shard)
    identity = job.identity(job_key_of(command, flags, environ))
    verdict = replace(verdict, job=identity)
    log = writer("stderr")
    with ExitStack() as stack:
        directory = None
        with suppress(ConfigError):
            prepared = prepare_report_dir(report.directory)
            stack.enter_context(hold_report_dir(prepared, report.directory))
            if command != "merge":
                refuse_reports_of_another_gate(
                    prepared, report.directory, identity, command=command, shard=report.shard, scope=None
                )
            directory = prepared
        verdict, reports = end(verdict, wanted=report.reports, directory=directory, job=job, environ=environ, write=log)
    if verdict.outcome is Outcome.SKIPPED:
        log(f"Warning: the gate was skipped. {error}")
    else:
        complain(error)
    _print_document(verdict, reports, output)
    if report.comment:
        key = job_key_of(command, flags, environ)
        # the last line of a log for programs is the verdict's
        logger = request_logger(output, log) if output.log_format == "text" else None
        keep_comment(
            verdict, reports, job, environ, job_key=key, stop_signal=STOP_SIGNAL, write=log, log_requests=logger
        )
    return verdict.exit_code


def _print_document(verdict: Verdict, reports: Mapping[str, str], output: OutputSettings) -> None:
    """The result for programs, where it was asked for."""
    if output.format == "json":
        from probe_gate.files.report_document import render

        writer("stdout")((reports.get("json") or render(verdict)).rstrip("\n"))


def _is_left_against_our_will(target: TargetVerdict, settings: Settings) -> bool:
    """Whether a run may still be going that a clean-up step should try to stop again."""
    is_asked_for = settings.run.on_timeout == "leave" and target.outcome in (Outcome.TIMED_OUT, Outcome.PLATFORM_ERROR)
    return bool(target.evidence.left_running) and not is_asked_for


def make_progress(settings: Settings, clock: Clock, job: CiJob) -> AbstractContextManager[Progress]:
    """Who is told how it goes: a person at a terminal, a log, or nobody."""
    output = settings.output
    # when a program reads the result, people read the log from the other stream
    stream = sys.stderr if output.format == "json" else sys.stdout
    watched = stream.isatty() and job.system == "generic" and not output.verbose
    if output.quiet:
        style = ProgressStyle.QUIET
    elif output.log_format == "json":
        style = ProgressStyle.JSON
    else:
        style = ProgressStyle.LIVE if watched else ProgressStyle.PLAIN
    return open_progress(style, stream, clock, target_count=max(len(settings.targets), 1), color=output.color)
