"""`probe-gate verify`: evaluate the evidence in a `report.json` again. Shows consistency, not authenticity."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.cli.output import line_writer
from probe_gate.errors import Outcome, exit_code_for
from probe_gate.settings import flags_from, read_output_settings

if TYPE_CHECKING:
    from probe_gate.domain.verdict import Verdict
    from probe_gate.domain.verify import Difference

MAX_DIFFERENCES = 50
WHAT_IT_SHOWS = "This shows that the report is consistent, not who wrote it: see docs/verify.md."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", metavar="REPORT", help="a report.json, or the directory that holds it")


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Return 0 if the verdict, passed or failed, follows from its evidence, otherwise 7.

    Raises:
        ConfigError: The file cannot be read as a report.
    """
    from probe_gate.files.report_file import REPORT_NAME, verify_report

    _, output = read_output_settings("verify", flags_from(arguments, "verify"), environ)
    path = Path(arguments.report)
    if path.is_dir():
        path /= REPORT_NAME
    report = verify_report(path)
    verdict, written_by, differences = report.verdict, report.written_by, report.differences
    write = line_writer("stdout")
    if output.format == "json":
        from probe_gate.domain.text import log_json

        write(log_json(json.dumps(_describe(path, verdict, written_by, differences), indent=2)))
    else:
        for line in _lines(path, verdict, written_by, differences):
            write(line)
    return exit_code_for(Outcome.INCONCLUSIVE) if differences else 0


def _describe(path: Path, verdict: Verdict, written_by: str, differences: Sequence[Difference]) -> dict[str, object]:
    return {
        "report": str(path),
        "follows": not differences,
        "outcome": verdict.outcome.value,
        "exitCode": verdict.exit_code,
        "judgedAt": verdict.judged_at.isoformat().replace("+00:00", "Z"),
        "writtenBy": written_by,
        "differences": [
            {"where": item.where, "what": item.what, "said": item.said, "follows": item.follows} for item in differences
        ],
    }


def _lines(path: Path, verdict: Verdict, written_by: str, differences: Sequence[Difference]) -> list[str]:
    from probe_gate.domain.formatting import plural
    from probe_gate.domain.text import log_line, plain_line

    targets = plural(len(verdict.targets), "target")
    when = f"judged {verdict.judged_at:%Y-%m-%d %H:%M} UTC by {plain_line(written_by, 60)}"
    name = plain_line(str(path))
    if not differences:
        said = f"{verdict.outcome}, exit code {verdict.exit_code} ({targets}, {when})"
        return [log_line(f"{name}: the verdict follows from its evidence: {said}."), WHAT_IT_SHOWS]
    lines = [f"{name}: the verdict does not follow from its evidence ({targets}, {when})."]
    for item in differences[:MAX_DIFFERENCES]:
        said, follows = plain_line(item.said, 120), plain_line(item.follows, 120)
        lines.append(
            f"  {plain_line(item.where)}: {plain_line(item.what)}: the report says {said}, the evidence gives {follows}"
        )
    if len(differences) > MAX_DIFFERENCES:
        lines.append(f"  and {len(differences) - MAX_DIFFERENCES} more")
    lines.append(
        "The report was edited, or written by a version with different rules. Do not trust it; run the gate again."
    )
    return [log_line(line) for line in lines]
