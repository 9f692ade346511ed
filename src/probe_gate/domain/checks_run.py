"""The checks on a run's own end and counts. Other runs on the target cannot disturb these."""

from __future__ import annotations

from probe_gate.domain.checks_score import wilson_interval
from probe_gate.domain.evidence import Evidence, RunOrigin, Unavailable
from probe_gate.domain.formatting import format_exact, format_number, format_rate, percent, plural
from probe_gate.domain.policy import Policy
from probe_gate.domain.probes import CHOSEN_BY_ID
from probe_gate.domain.run import Counts, Run, RunState, complete_counts
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import Check, CheckOutcome


def check_run(evidence: Evidence, policy: Policy) -> list[Check]:
    """`run-completed`, `test-cases`, `error-rate` and `attack-success-rate`; none of them without a run."""
    if evidence.facts.origin is RunOrigin.NONE:
        return []
    completed = _check_completed(evidence)
    if completed.outcome is not CheckOutcome.PASSED or isinstance(evidence.run, Unavailable):
        reason = "Not judged: limits are judged on completed runs only."
        rest = [_error("test-cases", reason), _error("error-rate", reason)]
        if policy.max_attack_success_rate is not None:
            rest.append(_error("attack-success-rate", reason))
        return [completed, *rest]
    scores = evidence.scores if isinstance(evidence.scores, Scores) else None
    counts = complete_counts(evidence.run.counts, scores)
    test_cases = _check_test_cases(evidence, evidence.run, counts, policy)
    return [
        completed,
        test_cases,
        _check_error_rate(counts, policy),
        check_attack_success_rate(counts, policy),
    ]


def _error(check_id: str, message: str, hint: str = "", measured: str = "") -> Check:
    return Check(check_id, CheckOutcome.ERROR, message, measured=measured, hint=hint)


def _check_completed(evidence: Evidence) -> Check:
    run, stop = evidence.run, evidence.early_exit
    if isinstance(run, Run) and run.state.is_terminal:
        status = run.status or ""
        if run.state is RunState.SUCCEEDED:
            return Check("run-completed", CheckOutcome.PASSED, f"Test run {run.id} has completed.", measured=status)
        word = "failed" if run.state is RunState.FAILED else "was cancelled"
        return _error(
            "run-completed",
            f"Test run {run.id} {word} on the platform, so its results say nothing about the target.",
            "Open the run on the platform to see why, then run the gate again.",
            status,
        )
    measured = describe_last_status(run) if isinstance(run, Run) else ""
    if stop is not None:
        return _error("run-completed", stop.message, stop.hint, measured)
    reason = run.reason if isinstance(run, Unavailable) else f"Test run {run.id} has not finished."
    return _error("run-completed", reason, "Run the gate again.", measured)


def describe_last_status(run: Run) -> str:
    """Return `COMPLETED`, or `RUNNING when it was last seen` for a run that has not been seen to end."""
    status = run.status or "no status"
    return status if run.state.is_terminal else f"{status} when it was last seen"


def _unknown_counts(counts: Counts) -> str | None:
    """Why the counts cannot be used, or None."""
    missing = [name for name in ("passed", "failed", "errors", "total") if getattr(counts, name) is None]
    if missing:
        return f"The platform does not say how many test cases {_listed(missing)}."
    contradiction = counts.contradiction
    return f"The run's counts make no sense: {contradiction}." if contradiction else None


_COUNT_WORDS = {"passed": "passed", "failed": "failed", "errors": "were in error", "total": "were planned"}


def _listed(names: list[str]) -> str:
    words = [_COUNT_WORDS[name] for name in names]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


LOOK_AT_RUN = "Open the run on the platform and compare; if it shows the same, contact the platform's support."


def _check_test_cases(evidence: Evidence, run: Run, counts: Counts, policy: Policy) -> Check:
    limit = policy.min_test_cases
    limit_text = f"at least {limit.value}"
    unknown = _unknown_counts(counts)
    judged = counts.evaluated
    if unknown or judged is None:
        return Check(
            "test-cases", CheckOutcome.ERROR, unknown or "", limit=limit_text, origin=limit.origin, hint=LOOK_AT_RUN
        )
    problem = None
    if judged < max(limit.value, 1):
        problem = (
            f"Only {plural(judged, 'test case')} of this run was judged, and fewer than {limit.value} prove nothing."
        )
        problem = problem if judged == 1 else problem.replace(" was ", " were ")
        if judged == 0:
            problem = "No test case of this run was judged, so it proves nothing."
    missing_probes = _describe_missing_probes(evidence, run)
    if problem is None and missing_probes and run.probes is not None and evidence.facts.probe_choice == CHOSEN_BY_ID:
        problem = missing_probes
    if problem is not None:
        return Check(
            "test-cases",
            CheckOutcome.ERROR,
            problem,
            measured=str(judged),
            limit=limit_text,
            origin=limit.origin,
            hint="Check on the platform which probes are configured for the target and why test cases were not judged.",
            measured_value=float(judged),
            limit_value=float(limit.value),
        )
    return Check(
        "test-cases",
        CheckOutcome.PASSED,
        f"{plural(judged, 'test case')} judged. {missing_probes}".strip(),
        measured=str(judged),
        limit=limit_text,
        origin=limit.origin,
        measured_value=float(judged),
        limit_value=float(limit.value),
    )


def _describe_missing_probes(evidence: Evidence, run: Run) -> str:
    """Return which of the probes asked for did not run, as far as the platform tells; empty when all of them did.

    Several probes may have the same name, so the names are counted.
    """
    asked = evidence.facts.probe_ids
    if asked is None:
        return ""
    if run.probes is None:
        return f"Requested: {plural(len(asked), 'probe')}; the platform does not list which ones ran."
    if len(run.probes) >= len(set(asked)):
        return ""
    return f"Only {len(run.probes)} of {plural(len(set(asked)), 'requested probe')} ran."


def _check_error_rate(counts: Counts, policy: Policy) -> Check:
    limit = policy.max_error_rate
    limit_text = f"at most {format_exact(limit.value)} %"
    unknown = _unknown_counts(counts)
    if unknown or not counts.total or counts.evaluated is None or counts.errors is None:
        message = unknown or "The run planned no test cases."
        return Check("error-rate", CheckOutcome.ERROR, message, limit=limit_text, origin=limit.origin, hint=LOOK_AT_RUN)
    not_judged = counts.total - counts.evaluated
    over = not_judged * 100 > limit.value * counts.total
    skipped = not_judged - counts.errors
    details = f"{plural(counts.errors, 'test case')} in error" + (f" and {skipped} not executed" if skipped else "")
    return Check(
        "error-rate",
        CheckOutcome.ERROR if over else CheckOutcome.PASSED,
        f"{details}, of {counts.total} planned" + (": too many for the run to prove anything." if over else "."),
        measured=format_rate(not_judged, counts.total, limit.value),
        limit=limit_text,
        origin=limit.origin,
        hint="Check that the target was reachable and not rate-limited during the run, then run the gate again."
        if over
        else "",
        measured_value=float(percent(not_judged, counts.total)),
        limit_value=float(limit.value),
    )


def check_attack_success_rate(counts: Counts, policy: Policy) -> Check:
    """`attack-success-rate` by these counts."""
    check_id, limit = "attack-success-rate", policy.max_attack_success_rate
    limit_text = "" if limit is None else f"at most {format_exact(limit.value)} %"
    unknown = _unknown_counts(counts)
    judged, failed = counts.evaluated, counts.failed
    if unknown or judged is None or failed is None or judged < max(policy.min_test_cases.value, 1):
        if limit is None:
            return Check(check_id, CheckOutcome.INFO, unknown or "Too few test cases were judged to tell.")
        message = unknown or "Not judged: too few test cases were judged for a rate to mean anything."
        return Check(check_id, CheckOutcome.ERROR, message, limit=limit_text, origin=limit.origin, hint=LOOK_AT_RUN)
    rate = float(percent(failed, judged))
    if limit is None:
        measured = format_rate(failed, judged)
        return Check(check_id, CheckOutcome.INFO, "No limit is set.", measured=measured, measured_value=rate)
    measured, over = format_rate(failed, judged, limit.value), failed * 100 > limit.value * judged
    if policy.confidence is None:
        message = (
            "More attacks of this run succeeded than allowed." if over else "No more attacks succeeded than allowed."
        )
    else:
        level = format_exact(policy.confidence.value)
        lower, upper = wilson_interval(failed, judged, policy.confidence.value)
        interval = f"{level} % interval {format_number(lower * 100, limit.value)} to {format_number(upper * 100)} %"
        measured = f"{measured}, {interval}"
        if over and lower * 100 <= float(limit.value):
            over = False
            message = "The rate is over the limit, but a sample of this size does not prove that the true rate is."
        else:
            message = (
                "Even the lower end of the interval is over the limit."
                if over
                else "No more attacks succeeded than allowed."
            )
    return Check(
        check_id,
        CheckOutcome.FAILED if over else CheckOutcome.PASSED,
        message,
        measured=measured,
        limit=limit_text,
        origin=limit.origin,
        hint="Open the run on the platform, review the attacks that succeeded, and fix the target." if over else "",
        measured_value=rate,
        limit_value=float(limit.value),
    )
