"""How a gate ends: its reports are written, the CI system is told, the verdict is printed.

Every report is made by itself, so that none takes the others with it. The exit code does not depend on them, but for
one thing: a gate that passed and could not write a report exits 70.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.ci.files import REPORT_FILES, write_atomically
from probe_gate.ci.job import CiJob
from probe_gate.ci.publish import publish
from probe_gate.ci.workflow import workflow_file
from probe_gate.cli.tables import terminal_width
from probe_gate.domain.text import encodable, log_json, plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import CancelledError, Outcome, exit_code_for
from probe_gate.reports.context import ReportContext

if TYPE_CHECKING:
    from probe_gate.http.connection import RequestLogger
    from probe_gate.settings import OutputSettings

RENDERERS: dict[str, tuple[str, str]] = {
    "junit": ("probe_gate.reports.junit", "render_junit"),
    "json": ("probe_gate.reports.report_json", "render_json"),
    "summary": ("probe_gate.reports.summary", "render_summary"),
    "sarif": ("probe_gate.reports.sarif", "render_sarif"),
    "html": ("probe_gate.reports.html", "render_html"),
}
"""By the name in `--reports`, the plain ones first: imported only when asked for."""


UNWRITTEN = exit_code_for(Outcome.INTERNAL_ERROR)
"""Of a gate that passed and could not write a report."""


def cancelled(verdict: Verdict, signal_number: int) -> Verdict:
    """The verdict of a gate that was asked to stop after it had judged."""
    error = CancelledError(signal_number)
    reason = f"{error.message} The gate had judged before: {verdict.outcome}. {verdict.reason}"
    code = exit_code_for(Outcome.CANCELLED, signal_number)
    return replace(verdict, outcome=Outcome.CANCELLED, reason=reason, exit_code=code)


def write_reports(
    verdict: Verdict, wanted: frozenset[str], directory: Path, *, workflow: str = ""
) -> tuple[dict[str, str], list[str]]:
    """The text of each report that was written, by name, and what went wrong, in words.

    `workflow`: the file of the CI job, for limits that were set in it.
    """
    written: dict[str, str] = {}
    problems: list[str] = []
    for name, (module, function) in RENDERERS.items():
        if name not in wanted:
            continue
        try:
            text = getattr(import_module(module), function)(verdict, ReportContext(workflow_file=workflow))
            write_atomically(directory, REPORT_FILES[name], text)
            written[name] = text
        except OSError as error:
            problems.append(f"{directory / REPORT_FILES[name]} could not be written: {error.strerror or error}.")
        except Exception as bug:  # noqa: BLE001 - one report must not take the others and the verdict with it
            problems.append(f"The {name} report could not be made ({type(bug).__name__}); this is a bug in probe-gate.")
    return written, problems


def end(
    verdict: Verdict,
    *,
    wanted: frozenset[str],
    directory: Path | None,
    job: CiJob,
    environ: Mapping[str, str],
    write: Callable[[str], None],
) -> tuple[Verdict, Mapping[str, str]]:
    """Writes the reports and tells the CI system. Returns the verdict, with its final exit code, and the reports."""
    reports: dict[str, str] = {}
    problems: Sequence[str] = ()
    if directory is not None:
        workflow = workflow_file(environ)
        reports, problems = write_reports(verdict, wanted, directory, workflow=workflow)
        if problems and verdict.exit_code == 0:
            # what could be written is to tell of the exit code that it gets
            verdict = replace(verdict, exit_code=UNWRITTEN, notes=(*verdict.notes, *problems))
            reports, _ = write_reports(verdict, wanted, directory, workflow=workflow)
        problems = [*problems, *publish(job, verdict, reports, directory, environ, write)]
    for problem in problems:
        write(f"Warning: {problem}")
    if problems and verdict.exit_code == 0:
        return replace(verdict, exit_code=UNWRITTEN), reports
    return verdict, reports


def print_verdict(
    verdict: Verdict,
    *,
    directory: Path | None,
    reports: Mapping[str, str],
    color: bool,
    encoding: str,
    write: Callable[[str], None],
) -> None:
    """The verdict as a table, failed checks first. `encoding` is that of the stream that `write` writes to."""
    from probe_gate.reports.console import render_console

    write("")
    write(render_console(verdict, ReportContext(width=terminal_width(), color=color, encoding=encoding)).rstrip("\n"))
    if directory is not None and reports:
        files = ", ".join(REPORT_FILES[name] for name in reports)
        write(f"Reports in {shown(directory)}: {files}")
    code = verdict.exit_code
    why = ", softened" if code == 0 and not _is_plainly_green(verdict) else ""
    if code == UNWRITTEN and verdict.outcome is not Outcome.INTERNAL_ERROR:
        why = ", but a report could not be written: see the warnings above"
    write(f"Exit code {code} ({verdict.outcome}{why})")


def ending_line(verdict: Verdict, *, directory: Path | None, reports: Mapping[str, str]) -> str:
    """The verdict as one JSON object, the last line of a log for programs."""
    line = {
        "time": verdict.judged_at.isoformat(timespec="milliseconds"),
        "level": "info" if verdict.is_green else "error",
        "step": "ended",
        "message": plain_line(f"{verdict.reason} {verdict.advice}", 1_000),
        "outcome": verdict.outcome.value,
        "exit_code": verdict.exit_code,
        "report_dir": None if directory is None else shown(directory),
        "reports": [REPORT_FILES[name] for name in reports],
    }
    return log_json(json.dumps(line))


def _is_plainly_green(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.PASSED, Outcome.SKIPPED)


def shown(path: Path) -> str:
    """The path as a person would write it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def request_logger(output: OutputSettings, write: Callable[[str], None]) -> RequestLogger | None:
    """Return what makes the log of requests that `--verbose` asks for, which goes to `write`; None without it."""
    if not output.verbose:
        return None
    from functools import partial

    from probe_gate.progress.log_lines import RequestLog

    return partial(RequestLog, write, as_json=output.log_format == "json")


def writer(stream_name: str) -> Callable[[str], None]:
    """Writes lines to `stdout` or `stderr` at once; a stream that is gone takes nothing with it."""

    def write(line: str) -> None:
        stream = getattr(sys, stream_name)
        try:
            print(encodable(line, getattr(stream, "encoding", None) or "utf-8"), file=stream, flush=True)
        except (OSError, ValueError):
            return

    return write
