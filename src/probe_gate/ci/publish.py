"""Publication of a verdict to the CI system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from probe_gate.ci import azure, github, gitlab
from probe_gate.ci.files import write_atomically
from probe_gate.ci.job import CiJob
from probe_gate.ci.outputs import Outputs, outputs_of
from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import Outcome
from probe_gate.options import REPORT_FILES


def publish(
    job: CiJob,
    verdict: Verdict,
    reports: Mapping[str, str],
    report_dir: Path,
    write: Callable[[str], None],
) -> tuple[str, ...]:
    """Publish a verdict after its reports have been written. Never raises.

    Args:
        job: The CI job.
        verdict: The verdict.
        report_dir: The report directory, absolute.
        reports: The text of each written report by its name in `--reports`.
        write: Writes a line to the log.

    Returns:
        What could not be written, as sentences. Mere warnings go to the log.
    """
    # later steps need paths relative to the checkout, which a container may see elsewhere
    outputs = outputs_of(verdict, report_dir, has_junit="junit" in reports, base_dir=job.workspace)
    if job.system == "github":
        problems = [
            _write_github_summary(job.runner_files.summary, reports["summary"], write) if "summary" in reports else "",
            github.write_outputs(job.runner_files.output, outputs),
        ]
        for line in github.annotation_commands(verdict):
            write(line)
        return tuple(problem for problem in problems if problem)
    if job.system == "gitlab":
        return _write_gitlab_files(outputs, report_dir)
    if job.system == "azure":
        summary = report_dir / REPORT_FILES["summary"] if "summary" in reports else None
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
    files = {
        gitlab.DOTENV_FILE: gitlab.render_dotenv(outputs),
        gitlab.ANNOTATIONS_FILE: gitlab.render_annotations(links),
    }
    problems = []
    for name, text in files.items():
        try:
            write_atomically(report_dir, name, text)
        except OSError as error:
            problems.append(f"{report_dir / name} could not be written: {error.strerror or error}.")
    return tuple(problems)
