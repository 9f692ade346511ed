"""The outputs of a verdict for later steps of a pipeline, named like the action's outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from probe_gate.domain.formatting import format_exact
from probe_gate.domain.run import Run
from probe_gate.domain.text import log_line, plain_line
from probe_gate.domain.verdict import GREEN, Check, CheckOutcome, TargetVerdict, Verdict, describe_target_check
from probe_gate.options import REPORT_FILES

MAX_FAILED_CHECKS = 100
"""Further ones are only counted: a step cannot start if one of its variables is too long."""
_FOR_SHELLS = re.compile(r"[$`\"'\\]")

_INNER_COMMA = re.compile(r", ?")

JUDGED = frozenset({CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.WAIVED})


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs as text; empty where there is no value."""

    outcome: str
    exit_code: str
    score: str
    """Overall score, the lowest one of several targets. Only scores that were evaluated, no stale ones."""
    test_run_id: str
    """Separated by commas."""
    test_run_url: str
    """Of the first target that is not green and has a run; of the first one that has a run if all are green."""
    report_dir: str
    """Empty if no report could be written."""
    junit_path: str
    failed_checks: tuple[str, ...]
    """The checks that failed, such as `Support bot: overall-score 91, minimum 95`.

    Names come from the platform, and users insert outputs into shell scripts unquoted. Therefore characters that end or
    expand inside quotes become `_`, and no CI system can mistake a part for a logging command.
    """


def outputs_of(verdict: Verdict, report_dir: Path | None, *, has_junit: bool, base_dir: Path | None = None) -> Outputs:
    """Return the outputs of a verdict. Paths use `/` and are relative to `base_dir` if they are below it."""
    directory = report_dir
    if report_dir is not None and base_dir is not None and report_dir.is_relative_to(base_dir):
        directory = report_dir.relative_to(base_dir)
    evidences = (evidence for target in verdict.targets for evidence in target.runs)
    runs = [evidence.run for evidence in evidences if isinstance(evidence.run, Run)]
    scores = [score for target in verdict.targets if (score := _judged_score(target)) is not None]
    green_last = sorted(verdict.targets, key=lambda target: target.outcome in GREEN)
    urls = (target.evidence.run_url for target in green_last if target.evidence.run_url)
    return Outputs(
        outcome=verdict.outcome.value,
        exit_code=str(verdict.exit_code),
        score=format_exact(min(scores)) if scores else "",
        test_run_id=",".join(str(run.id) for run in runs),
        test_run_url=plain_line(next(urls, ""), 2_000),
        report_dir="" if directory is None else directory.as_posix(),
        junit_path=(directory / REPORT_FILES["junit"]).as_posix() if directory is not None and has_junit else "",
        failed_checks=_failed_checks(verdict),
    )


def _failed_checks(verdict: Verdict) -> tuple[str, ...]:
    failed = checks_with(verdict, CheckOutcome.FAILED)
    names = [describe_target_check(target.target, check) for target, check in failed[:MAX_FAILED_CHECKS]]
    if len(failed) > len(names):
        names.append(f"and {len(failed) - len(names)} more")
    return tuple(log_line(_FOR_SHELLS.sub("_", name)) for name in names)


def join_with_commas(names: Iterable[str]) -> str:
    """Return the names in one line, with commas between them and none within them."""
    return ",".join(_INNER_COMMA.sub(" ", name) for name in names)


def checks_with(verdict: Verdict, outcome: CheckOutcome) -> tuple[tuple[TargetVerdict, Check], ...]:
    """Return every check with that outcome, target by target."""
    return tuple((target, check) for target in verdict.targets for check in target.checks if check.outcome is outcome)


def _judged_score(target: TargetVerdict) -> float | None:
    for check in target.checks:
        if check.id == "overall-score" and check.outcome in JUDGED:
            return check.measured_value
    return None
