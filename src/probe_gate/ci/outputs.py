"""What later steps of a pipeline can read of a verdict, under the names of the action's outputs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from probe_gate.domain.formatting import format_exact
from probe_gate.domain.run import Run
from probe_gate.domain.text import log_line, plain_line
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict
from probe_gate.options import REPORT_FILES

MAX_FAILED_CHECKS = 100
"""Of a longer list the rest is counted: a step's variable that is too long keeps the step from starting."""
_FOR_SHELLS = re.compile(r"[$`\"'\\]")

JUDGED = frozenset({CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.WAIVED})


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs, each with the text that a pipeline gets; empty when there is nothing to say."""

    outcome: str
    exit_code: str
    score: str
    """Overall score; the lowest of several targets. Only one that was judged: a stale score is none."""
    test_run_id: str
    """Several with commas."""
    test_run_url: str
    """Of the first target that has one."""
    report_dir: str
    junit_path: str
    failed_checks: tuple[str, ...]
    """Ids of the checks that failed, with `TARGET/` in front when there are several targets.

    Category names are the platform's. People put an output into a script as it stands, so what ends or expands inside
    quotes is `_`, and no CI system takes a part for a command of the log.
    """


def outputs_of(verdict: Verdict, report_dir: Path, *, has_junit: bool, base_dir: Path | None = None) -> Outputs:
    """Return the outputs of a verdict. Paths have `/`, and are relative to `base_dir` where they lie in it."""
    directory = report_dir
    if base_dir is not None and report_dir.is_relative_to(base_dir):
        directory = report_dir.relative_to(base_dir)
    runs = [target.evidence.run for target in verdict.targets if isinstance(target.evidence.run, Run)]
    scores = [score for target in verdict.targets if (score := _judged_score(target)) is not None]
    urls = (target.evidence.run_url for target in verdict.targets if target.evidence.run_url)
    return Outputs(
        outcome=verdict.outcome.value,
        exit_code=str(verdict.exit_code),
        score=format_exact(min(scores)) if scores else "",
        test_run_id=",".join(str(run.id) for run in runs),
        test_run_url=plain_line(next(urls, ""), 2_000),
        report_dir=directory.as_posix(),
        junit_path=(directory / REPORT_FILES["junit"]).as_posix() if has_junit else "",
        failed_checks=_failed_checks(verdict),
    )


def _failed_checks(verdict: Verdict) -> tuple[str, ...]:
    failed = checks_with(verdict, CheckOutcome.FAILED)
    names = [name_of(verdict, target, check) for target, check in failed[:MAX_FAILED_CHECKS]]
    if len(failed) > len(names):
        names.append(f"and {len(failed) - len(names)} more")
    return tuple(log_line(_FOR_SHELLS.sub("_", name)) for name in names)


def checks_with(verdict: Verdict, outcome: CheckOutcome) -> tuple[tuple[TargetVerdict, Check], ...]:
    """Every check of that outcome, target by target."""
    return tuple((target, check) for target in verdict.targets for check in target.checks if check.outcome is outcome)


def name_of(verdict: Verdict, target: TargetVerdict, check: Check) -> str:
    """Return a check's id, with the target in front when there are several."""
    name = check.id if len(verdict.targets) == 1 else f"{target.target.id}/{check.id}"
    return plain_line(name, 200)


def _judged_score(target: TargetVerdict) -> float | None:
    for check in target.checks:
        if check.id == "overall-score" and check.outcome in JUDGED:
            return check.measured_value
    return None
