"""test-result.json: the predicate of an in-toto test result (v0.1), which the CI system's own attestation step signs.

There is a file only where the gate has judged all that it was to judge. Any other end writes none, so that whoever asks
for a signed result before a deployment finds none and stops.

Source: https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
"""

from __future__ import annotations

import json
from typing import Any

from probe_gate.domain.text import log_json
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict, Verdict
from probe_gate.errors import SOFTENABLE, Outcome, exit_code_for
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext

PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"

PASSED, WARNED, FAILED = "PASSED", "WARNED", "FAILED"
"""The values that `result` may have."""


def render_attestation(verdict: Verdict, _context: ReportContext = DEFAULT_CONTEXT) -> str:
    """Return the predicate as JSON, or an empty string where nothing may be attested."""
    result = result_of(verdict)
    if result is None:
        return ""
    tests: dict[str, list[str]] = {PASSED: [], WARNED: [], FAILED: []}
    for target in verdict.targets:
        for name, found in _tests_of(target):
            tests[found].append(name)
    predicate: dict[str, Any] = {
        "result": result,
        "configuration": [{"name": file.name, "digest": {"sha256": file.sha256}} for file in verdict.policy_files],
    }
    url = next((target.evidence.run_url for target in verdict.targets if target.evidence.run_url), "")
    if url:
        predicate["url"] = url
    predicate |= {"passedTests": tests[PASSED], "warnedTests": tests[WARNED], "failedTests": tests[FAILED]}
    return log_json(json.dumps(predicate, indent=1)) + "\n"


def result_of(verdict: Verdict) -> str | None:
    """Return the value of `result`, or None where nothing may be attested.

    A demonstration tests nothing, and one part of a gate says nothing of the whole: the merged verdict does.
    """
    if verdict.command == "demo" or verdict.shard is not None or not verdict.targets:
        return None
    if verdict.outcome is Outcome.PASSED and verdict.exit_code == 0:
        return PASSED
    if verdict.outcome in SOFTENABLE and verdict.exit_code == 0:
        return WARNED
    if verdict.outcome is Outcome.FAILED and verdict.exit_code == exit_code_for(Outcome.FAILED):
        return FAILED
    return None


def _tests_of(target: TargetVerdict) -> list[tuple[str, str]]:
    """Return the name of each check that has a limit, and what became of it.

    A waived check, and a check of a softened target that has not passed, is a warning.
    """
    not_passed = WARNED if target.is_soft else FAILED
    found = {
        CheckOutcome.PASSED: PASSED,
        CheckOutcome.WAIVED: WARNED,
        CheckOutcome.FAILED: not_passed,
        CheckOutcome.ERROR: not_passed,
    }
    return [
        (f"{target.target.id}/{check.id}", found[check.outcome]) for check in target.checks if check.outcome in found
    ]
