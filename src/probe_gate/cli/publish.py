"""Publication of a verdict: reports, the CI system, and the terminal.

Each report is rendered on its own, so that a failure affects no other. The exit code depends on them in one case only: a
gate that passed but could not write a report exits 70.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.ci.files import remove_earlier, write_atomically
from probe_gate.ci.publish import UNWRITTEN
from probe_gate.ci.publish import publish as publish_to_ci
from probe_gate.cli.output import line_writer, print_error, terminal_width
from probe_gate.domain.text import log_json, plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import CancelledError, GateError, Outcome, exit_code_for, explain_exhaustion
from probe_gate.options import REPORT_FILES
from probe_gate.reports.context import Renderer, ReportContext
from probe_gate.runtime.signals import STOP_SIGNAL

if TYPE_CHECKING:
    from probe_gate.bootstrap import GateContext

RENDERERS: dict[str, tuple[str, str]] = {
    "junit": ("probe_gate.reports.junit", "render_junit"),
    "json": ("probe_gate.reports.report_json", "render_json"),
    "summary": ("probe_gate.reports.summary", "render_summary"),
    "sarif": ("probe_gate.reports.sarif", "render_sarif"),
    "html": ("probe_gate.reports.html", "render_html"),
    "attestation": ("probe_gate.reports.attestation", "render_attestation"),
    "comment": ("probe_gate.reports.comment", "render_comment"),
}
"""Module and function by the name in `--reports`, and of the comment, which is not a file. Imported on demand."""


def publish(verdict: Verdict, context: GateContext, error: GateError | None = None) -> int:
    """Finalize a verdict, write its reports, publish it to the CI system and the terminal, and return its exit code.

    Each report is rendered once, unless something changes the verdict while the reports are written.

    Args:
        verdict: What was judged.
        context: What the command was asked for, and where it runs.
        error: Why the gate ended before it judged anything; it is printed in place of the table of checks.
    """
    verdict, reports, problems = _write_final_reports(_finalize(verdict), context)
    unpublished = publish_to_ci(context.job, verdict, reports, context.directory, context.log)
    for problem in (*problems, *unpublished):
        context.log(f"Warning: {problem}")
    if unpublished and verdict.exit_code == 0:
        verdict = replace(verdict, exit_code=UNWRITTEN, notes=(*verdict.notes, *unpublished))
        reports, _ = write_reports(verdict, context)
    _print_result(verdict, reports, context, error)
    if context.output.format == "json":
        line_writer("stdout")((reports.get("json") or _render("json", verdict, context)).rstrip("\n"))
    if context.report.comment:
        keep_comment(verdict, context)
    return verdict.exit_code


def _finalize(verdict: Verdict) -> Verdict:
    """Return the verdict, or a cancelled one if a signal has arrived since it was reached."""
    number = STOP_SIGNAL.signal_number
    if number is None or verdict.outcome is Outcome.CANCELLED:
        return verdict
    error = CancelledError(number)
    reason = f"{error.message} The verdict before that was {verdict.outcome}. {verdict.reason}"
    code = exit_code_for(Outcome.CANCELLED, number)
    return replace(verdict, outcome=Outcome.CANCELLED, reason=reason, exit_code=code)


def _write_final_reports(verdict: Verdict, context: GateContext) -> tuple[Verdict, dict[str, str], list[str]]:
    """Write the reports, and once more if a write error or a signal changes the verdict meanwhile.

    Returns:
        The verdict in the reports, the text of each written report by name, and the problems.
    """
    reports, problems = write_reports(verdict, context)
    final = _finalize(verdict)
    if problems and final.exit_code == 0:
        # the reports that can be written state the final exit code
        final = replace(final, exit_code=UNWRITTEN, notes=(*final.notes, *problems))
    if final is not verdict:
        reports, problems = write_reports(final, context)
    return final, reports, problems


def write_reports(verdict: Verdict, context: GateContext) -> tuple[dict[str, str], list[str]]:
    """Write the reports. Return the text of each written one by name, and the problems."""
    written: dict[str, str] = {}
    problems: list[str] = []
    if context.directory is None:
        return written, problems
    for name in RENDERERS:
        if name not in context.report.reports:
            continue
        path = context.directory / REPORT_FILES[name]
        try:
            text = _render(name, verdict, context)
            if text:
                write_atomically(context.directory, path.name, text)
                written[name] = text
                continue
        except OSError as error:
            problems.append(f"{path} could not be written: {error.strerror or error}.")
        except Exception as bug:  # noqa: BLE001 - one report must not take the others and the verdict with it
            why, _ = explain_exhaustion(bug) or ("This is a bug in probe-gate.", "")
            problems.append(f"The {name} report could not be generated ({type(bug).__name__}). {why}")
        remove_earlier(context.directory, [path.name])  # another verdict would be mistaken for this one
    return written, problems


def _render(name: str, verdict: Verdict, context: GateContext) -> str:
    module, function = RENDERERS[name]
    renderer: Renderer = getattr(import_module(module), function)
    return renderer(verdict, ReportContext(workflow_file=context.job.workflow_file))


def _print_result(verdict: Verdict, reports: Mapping[str, str], context: GateContext, error: GateError | None) -> None:
    """Write the verdict, or the error that prevented one, to the log. The last line is the exit code."""
    if error is not None and verdict.outcome is Outcome.SKIPPED:
        context.log(f"Warning: the gate was skipped. {error}")
    elif error is not None:
        print_error(error)
    if context.output.log_format == "json":
        context.log(verdict_line(verdict, directory=context.directory, reports=reports))
    elif error is not None:
        print_ending(verdict, directory=context.directory, reports=reports, write=context.log)
    else:
        stream = sys.stderr if context.output.format == "json" else sys.stdout
        color = context.output.color and sys.stdout.isatty()
        encoding = getattr(stream, "encoding", None) or "utf-8"
        print_verdict(
            verdict, directory=context.directory, reports=reports, color=color, encoding=encoding, write=context.log
        )


def keep_comment(verdict: Verdict, context: GateContext) -> None:
    """Write or update the comment on the pull or merge request; log why if that fails.

    The verdict never changes because of it. A cancelled gate writes none: it has only seconds left, and its verdict says
    nothing about the change.
    """
    if verdict.outcome is Outcome.CANCELLED or STOP_SIGNAL.signal_number is not None:
        return
    from probe_gate.bootstrap import write_comment

    try:
        problem = write_comment(context, _render("comment", verdict, context))
    except GateError as error:
        problem = f"No comment was written: {error}"
    except Exception as bug:  # noqa: BLE001 - the verdict is out, and a comment never changes it
        problem = f"No comment was written: unexpected {type(bug).__name__}. This is a bug in probe-gate."
    if problem:
        context.log(f"Warning: {problem}")


def print_verdict(
    verdict: Verdict,
    *,
    directory: Path | None,
    reports: Mapping[str, str],
    color: bool,
    encoding: str,
    write: Callable[[str], None],
) -> None:
    """Write the verdict as a table, failed checks first. `encoding` is that of the stream behind `write`."""
    from probe_gate.reports.console import render_console

    write("")
    write(render_console(verdict, ReportContext(width=terminal_width(), color=color, encoding=encoding)).rstrip("\n"))
    print_ending(verdict, directory=directory, reports=reports, write=write)


def print_ending(
    verdict: Verdict, *, directory: Path | None, reports: Mapping[str, str], write: Callable[[str], None]
) -> None:
    """Write where the reports are, and the exit code with what it stands for."""
    if directory is not None and reports:
        files = ", ".join(REPORT_FILES[name] for name in reports)
        write(f"Reports in {display_path(directory)}: {files}")
    code = verdict.exit_code
    why = ", softened" if code == 0 and not _is_plainly_green(verdict) else ""
    if code == UNWRITTEN and verdict.outcome is not Outcome.INTERNAL_ERROR:
        why = ", but a report could not be written: see the warnings above"
    write(f"Exit code {code} ({verdict.outcome}{why})")


def verdict_line(verdict: Verdict, *, directory: Path | None, reports: Mapping[str, str]) -> str:
    """Return the verdict as one line of JSON, the last line of a JSON log."""
    line = {
        "time": verdict.judged_at.isoformat(timespec="milliseconds"),
        "level": "info" if verdict.is_green else "error",
        "step": "ended",
        "message": plain_line(f"{verdict.reason} {verdict.hint}", 1_000),
        "outcome": verdict.outcome.value,
        "exit_code": verdict.exit_code,
        "report_dir": None if directory is None else display_path(directory),
        "reports": [REPORT_FILES[name] for name in reports],
    }
    return log_json(json.dumps(line))


def _is_plainly_green(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.PASSED, Outcome.SKIPPED)


def display_path(path: Path) -> str:
    """Return the path relative to the working directory if it is below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
