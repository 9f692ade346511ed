"""`probe-gate merge`: combine the reports of matrix jobs into one verdict, set of reports and exit code."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.files import check_writable
from probe_gate.cli.gate import FILES, WRITTEN, end_early_with_reports, open_context
from probe_gate.cli.publish import publish
from probe_gate.errors import ConfigError, GateError, InconclusiveError
from probe_gate.settings import flags_from, read_settings

if TYPE_CHECKING:
    from probe_gate.domain.verdict import JobIdentity, Verdict

HAND_IN = "Name the report directories of gates."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directories",
        nargs="+",
        metavar="DIR",
        help="report directory of a part, a directory that holds several, or a report.json",
    )


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Return the exit code of the merged verdict. Its reports are written even on errors."""
    now = datetime.now(UTC)
    flags = flags_from(arguments, "merge")
    job = detect_ci(environ)
    try:
        settings = read_settings("merge", flags, environ, today=now.date())
        with open_context(settings, job) as (context, directory):
            check_writable(directory, settings.report.directory, FILES, stale=WRITTEN)
            named = [Path(name) for name in arguments.directories]
            return publish(merge_directories(named, directory, now, job.identity()), context)
    except GateError as error:
        return end_early_with_reports("merge", error, flags, environ, now)


def report_usage_error(error: ConfigError, environ: Mapping[str, str]) -> int:
    """Report an invalid command line, write the reports of a merge, and return its exit code."""
    return end_early_with_reports("merge", error, {}, environ, datetime.now(UTC))


def merge_directories(
    named: Sequence[Path], report_dir: Path, now: datetime, merging: JobIdentity | None = None
) -> Verdict:
    """Return one verdict for all reports found. Missing, unreadable or contradictory reports make it inconclusive.

    Raises:
        ConfigError: None of the named paths exist.
    """
    from probe_gate.domain.merge import merge

    if not any(path.exists() for path in named):
        raise ConfigError(
            f"There is no {' and no '.join(str(path) for path in named[:5])}.",
            "Name the directories that hold the parts' reports.",
        )
    parts = [part for path in named for part in _parts_of(path, report_dir, now)]
    return merge(parts, merging=merging)


def _parts_of(named: Path, report_dir: Path, now: datetime) -> list[Verdict]:
    from probe_gate.files.report_file import find_reports

    found = find_reports(named, report_dir)
    if not found:
        hint = "Have each part upload its report directory even if it fails, and merge again."
        return [_unproven_part(InconclusiveError(f"There is no report.json in {named}.", hint), now)]
    return [part for path in found for part in _read_part(path, now)]


def _read_part(path: Path, now: datetime) -> list[Verdict]:
    """Return the verdict in a report, and an inconclusive one if the report contradicts its evidence."""
    from probe_gate.files.report_file import verify_report

    try:
        report = verify_report(path)
    except ConfigError as error:
        return [_unproven_part(error, now)]
    if report.verdict.command == "demo":
        return [
            _unproven_part(InconclusiveError(f"{path} is the report of a demo, which tests nothing.", HAND_IN), now)
        ]
    if not report.differences:
        return [report.verdict]
    message = f"The verdict in {path} does not follow from its evidence."
    return [report.verdict, _unproven_part(InconclusiveError(message, f"See: probe-gate verify {path}"), now)]


def _unproven_part(error: GateError, now: datetime) -> Verdict:
    """Return an inconclusive verdict in place of a part that cannot be used."""
    from probe_gate.domain.verdict import end_early

    reason = InconclusiveError(error.message, error.hint)
    return end_early(reason, started_at=now, judged_at=now, command="run")
