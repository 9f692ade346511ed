"""Publication of a verdict to the CI system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from probe_gate.ci import azure, github, gitlab
from probe_gate.ci.files import remove_earlier, write_atomically
from probe_gate.ci.job import CiJob
from probe_gate.ci.outputs import Outputs, outputs_of
from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import Outcome, exit_code_for
from probe_gate.options import REPORT_FILES

UNWRITTEN = exit_code_for(Outcome.INTERNAL_ERROR)
"""The exit code of a gate that passed but could not write a report."""


def publish(
    job: CiJob,
    verdict: Verdict,
    reports: Mapping[str, str],
    report_dir: Path | None,
    write: Callable[[str], None],
) -> tuple[str, ...]:
    """Publish a verdict after its reports have been written. Never raises.

    Args:
        job: The CI job.
        verdict: The verdict.
        report_dir: The report directory, absolute; None if no report could be written.
        reports: The text of each written report by its name in `--reports`.
        write: Writes a line to the log.

    Returns:
        What could not be written, as sentences. Mere warnings go to the log.
    """
    # later steps need paths relative to the checkout, which a container may see elsewhere
    outputs = outputs_of(verdict, report_dir, has_junit="junit" in reports, base_dir=job.workspace)
    if job.system == "github":
        problem = (
            _write_github_summary(job.runner_files.summary, reports["summary"], write) if "summary" in reports else ""
        )
        outputs = _after(problem, outputs)
        problems = [problem, github.write_outputs(job.runner_files.output, outputs)]
        for line in github.annotation_commands(verdict):
            write(line)
        return tuple(problem for problem in problems if problem)
    if job.system == "gitlab" and report_dir is not None:
        return _write_gitlab_files(outputs, report_dir)
    if job.system == "azure":
        summary = report_dir / REPORT_FILES["summary"] if report_dir is not None and "summary" in reports else None
        for line in azure.commands(outputs, summary):
            write(line)
        if verdict.outcome is Outcome.SKIPPED:
            write(azure.warning(plain_line(f"The probe gate was skipped. {verdict.reason} {verdict.hint}", 1_000)))
    return ()


@contextmanager
def log_section(
    job: CiJob, header: str, write: Callable[[str], None], unix_seconds: Callable[[], float], *, wanted: bool = True
) -> Iterator[None]:
    """Wrap the log written meanwhile in a collapsible section, if the CI system has these (GitLab)."""
    is_folded = wanted and job.system == "gitlab"
    if is_folded:
        write(gitlab.section_start(header, header, int(unix_seconds()), is_collapsed=False))
    try:
        yield
    finally:
        if is_folded:
            write(gitlab.section_end(header, int(unix_seconds())))


def mask_lines(job: CiJob, secret: str) -> tuple[str, ...]:
    """Return the log lines that make the CI system mask a secret; none if it has no such command.

    Print them to standard error before anything else: standard output may be redirected to a file that is uploaded.
    """
    if not secret:
        return ()
    if job.system == "github":
        return (github.mask(secret),)
    if job.system == "azure":
        return (azure.mask(secret),)
    return ()


def _write_github_summary(path: str, summary: str, write: Callable[[str], None]) -> str:
    try:
        warning = github.write_summary(path, summary)
    except OSError as error:
        return f"The job summary could not be written: {error.strerror or error}."
    if warning:
        write(f"Warning: {warning}")
    return ""


def _write_gitlab_files(outputs: Outputs, report_dir: Path) -> tuple[str, ...]:
    links = {f"Test run {outputs.test_run_id}".strip(): outputs.test_run_url} if outputs.test_run_url else {}
    problem = _write(report_dir, gitlab.ANNOTATIONS_FILE, gitlab.render_annotations(links))
    problems = [problem, _write(report_dir, gitlab.DOTENV_FILE, gitlab.render_dotenv(_after(problem, outputs)))]
    return tuple(problem for problem in problems if problem)


def _write(directory: Path, name: str, text: str) -> str:
    """Write a file for the CI system. Return what went wrong; empty if nothing did."""
    try:
        write_atomically(directory, name, text)
    except OSError as error:
        remove_earlier(directory, [name])
        return f"{directory / name} could not be written: {error.strerror or error}."
    return ""


def _after(problem: str, outputs: Outputs) -> Outputs:
    """Return the outputs of a gate that does not pass if there is a problem."""
    return replace(outputs, exit_code=str(UNWRITTEN)) if problem and outputs.exit_code == "0" else outputs
