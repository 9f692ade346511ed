"""Judging a target by several runs: the first one failed, and the others repeated it to confirm the failure.

Each check is judged by itself. Scores count by their median (of an even number of runs, the lower middle one), drops by
the drop of that median, the attack success rate by the sums of the counts. All other checks must pass in each run; where
one cannot be judged, the failure of the first run stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from probe_gate.domain.checks_run import check_attack_success_rate
from probe_gate.domain.checks_score import check_drops, check_minimums
from probe_gate.domain.evaluate import evaluate, evaluate_with, list_checks, worst_of
from probe_gate.domain.evidence import Evidence, RunOrigin
from probe_gate.domain.formatting import few, plural
from probe_gate.domain.policy import Overrides, Policy
from probe_gate.domain.run import Counts, Run, complete_counts
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import as_sentence
from probe_gate.domain.verdict import Check, CheckOutcome, Confirmation, PolicyLayer, RunResult, TargetVerdict
from probe_gate.errors import Outcome

Score = TypeVar("Score", int, float)

MEDIAN_KINDS = frozenset({"overall-score", "category-score", "score-drop"})
POOLED_KINDS = frozenset({"attack-success-rate"})

OUTRANKS_FAILURE = frozenset({Outcome.CANCELLED, Outcome.INTERNAL_ERROR})
"""How a confirming run may end so that the failure of the first one is not the outcome."""

MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Measured:
    """What one run measured."""

    scores: Scores
    counts: Counts


def judge_runs(
    policy: Policy, runs: Sequence[Evidence], overrides: Overrides | None = None, *, not_started: str = ""
) -> TargetVerdict:
    """Judge a target by its runs.

    Args:
        policy: The base policy where there is one.
        runs: The evidence of each run, in order; at least one.
        overrides: What is laid over the base policy.
        not_started: Why no further run was started although one could change the verdict.
    """
    first = evaluate(policy, runs[0], overrides)
    if not may_be_confirmed(first) or (len(runs) == 1 and not not_started):
        return first
    each = [first, *(evaluate(policy, run, overrides) for run in runs[1:])]
    results = tuple(_result_of(verdict) for verdict in each)
    confirmation = Confirmation("", results, tuple(runs[1:]), not_started=not_started)
    for number, verdict in enumerate(each[1:], start=2):
        if verdict.outcome in OUTRANKS_FAILURE:
            confirmation = replace(confirmation, summary=f"Run {number} ended before it could confirm the failure.")
            return replace(
                first,
                outcome=verdict.outcome,
                reason=verdict.reason,
                hint=verdict.hint,
                confirmation=confirmation,
            )
        if not _is_judged(verdict):
            summary = f"Run {number} of the same probes could not be judged, so the failure of the first run stands: "
            return replace(first, confirmation=replace(confirmation, summary=summary + as_sentence(verdict.reason)))
    if len(runs) > most_runs(policy) or not is_decided(policy, runs, overrides):
        why = as_sentence(not_started) or "These are not the runs that the policy asks for."
        summary = f"{why} So the failure of the first run stands."
        return replace(first, confirmation=replace(confirmation, summary=summary))
    measured = [_measure(run) for run in runs]
    verdict = _judge_together(policy, runs, measured, overrides)
    summary = _summarize(verdict.outcome, results)
    return replace(
        verdict,
        reason=summary if verdict.outcome is Outcome.PASSED else verdict.reason,
        evidence=runs[0],
        confirmation=replace(confirmation, summary=summary, scores=_median_scores([one.scores for one in measured])),
    )


def needs_another_run(policy: Policy, runs: Sequence[Evidence], overrides: Overrides | None = None) -> bool:
    """Return whether one more run of the same probes could change the verdict on these runs."""
    if len(runs) >= most_runs(policy):
        return False
    return (
        may_be_confirmed(evaluate(policy, runs[0], overrides))
        and all(_is_judged(evaluate(policy, run, overrides)) for run in runs[1:])
        and not is_decided(policy, runs, overrides)
    )


def may_be_confirmed(verdict: TargetVerdict) -> bool:
    """Return whether the verdict on a first run is a failure that further runs can confirm.

    Only limits on scores, drops and rates failed, and all else could be judged. Not confirmed is what fails by the
    change's own policy alone, so that a change cannot start runs, and what soft-fail covers.
    """
    is_asked_for = verdict.policy.confirm is not None and verdict.policy.confirm.value > 0
    is_own_run = verdict.evidence.facts.origin in (RunOrigin.TRIGGERED, RunOrigin.REUSED)
    if not (is_asked_for and is_own_run and verdict.outcome is Outcome.FAILED) or verdict.is_soft:
        return False
    return _is_judged(verdict) and not _failed_by_change_alone(verdict)


def is_decided(policy: Policy, runs: Sequence[Evidence], overrides: Overrides | None = None) -> bool:
    """Return whether no further run can change the verdict: not the best ones that are left, or not the worst.

    Args:
        policy: The base policy where there is one.
        runs: The evidence of the runs so far; each of them could be judged, and the first one failed.
        overrides: What is laid over the base policy.
    """
    measured = [_measure(run) for run in runs]
    left = most_runs(policy) - len(runs)
    planned = measured[0].counts.total or 0
    names = sorted({name for one in measured for name in one.scores.categories or {}})
    best, worst = (
        _Measured(
            replace(measured[0].scores, overall=score, categories=dict.fromkeys(names, float(score))),
            Counts(planned - failed, failed, 0, planned),
        )
        for score, failed in ((100, 0), (0, planned))
    )
    at_best, at_worst = (
        _judge_together(policy, runs, [*measured, *[one] * left], overrides).outcome for one in (best, worst)
    )
    return at_best is not Outcome.PASSED or at_worst is Outcome.PASSED


def most_runs(policy: Policy) -> int:
    """Return how many runs there may be, the first one included."""
    return 1 + (policy.confirm.value if policy.confirm else 0)


def _is_judged(verdict: TargetVerdict) -> bool:
    """Return whether every check of a run could be judged, by every policy."""
    outcomes = {check.outcome for check in verdict.checks}
    outcomes.update(outcome for judgement in verdict.judgements for outcome in judgement.checks.values())
    is_ended = verdict.evidence.early_exit is None and verdict.outcome in (Outcome.PASSED, Outcome.FAILED)
    return is_ended and CheckOutcome.ERROR not in outcomes


def _failed_by_change_alone(verdict: TargetVerdict) -> bool:
    others = [judgement for judgement in verdict.judgements if judgement.layer is not PolicyLayer.CHANGE]
    return bool(others) and any(
        all(judgement.checks.get(check_id) is not CheckOutcome.FAILED for judgement in others)
        for check_id in _failed_ids(verdict)
    )


def _failed_ids(verdict: TargetVerdict) -> tuple[str, ...]:
    return tuple(check.id for check in verdict.checks if check.outcome is CheckOutcome.FAILED)


def _result_of(verdict: TargetVerdict) -> RunResult:
    return RunResult(verdict.outcome, verdict.reason, _failed_ids(verdict))


def _measure(evidence: Evidence) -> _Measured:
    """Return what a run measured that could be judged."""
    scores, run = evidence.scores, evidence.run
    assert isinstance(scores, Scores)  # noqa: S101 - for the type checker
    assert isinstance(run, Run)  # noqa: S101 - for the type checker
    return _Measured(scores, complete_counts(run.counts, scores))


def _judge_together(
    policy: Policy, runs: Sequence[Evidence], measured: Sequence[_Measured], overrides: Overrides | None
) -> TargetVerdict:
    # waivers count on the day of the last run
    evidence = replace(runs[0], judged_at=runs[-1].judged_at)
    return evaluate_with(policy, evidence, overrides, lambda one: _list_checks(one, runs, measured))


def _list_checks(policy: Policy, runs: Sequence[Evidence], measured: Sequence[_Measured]) -> list[Check]:
    """Return the checks of all runs together by one policy, before waivers."""
    first, scores = runs[0], _median_scores([one.scores for one in measured])
    together = [
        *check_minimums(first, scores, policy),
        check_attack_success_rate(_sum_counts([one.counts for one in measured]), policy),
        *check_drops(first, policy, scores),
    ]
    each = [list_checks(policy, run) for run in runs]
    by_id = [{check.id: check for check in checks} for checks in each]
    # the others passed in every run; the one that came closest to its limit is shown
    rest = [
        worst_of([checks[check.id] for checks in by_id if check.id in checks])
        for check in each[0]
        if check.kind not in MEDIAN_KINDS | POOLED_KINDS
    ]
    return [*rest, *(_describe(check, [checks.get(check.id) for checks in by_id]) for check in together)]


def _describe(check: Check, each: Sequence[Check | None]) -> Check:
    """Return the check with what each run measured by itself in its message."""
    known = sorted((one for one in each if one is not None), key=lambda one: (one.measured_value or 0.0, one.measured))
    values = ", ".join(one.measured or "none" for one in known)
    failed = sum(one is not None and one.outcome is CheckOutcome.FAILED for one in each)
    how = "Median" if check.kind in MEDIAN_KINDS else "All test cases"
    counted = f"; {failed} of them failed this check" if check.limit else ""
    message = f"{as_sentence(check.message)} {how} of {plural(len(each), 'run')} ({values}){counted}."
    return replace(check, message=message)


def _median_scores(readings: Sequence[Scores]) -> Scores:
    """Return the median of each score. The number of attacks is that of all readings together."""
    names = sorted({name for scores in readings for name in scores.categories or {}})
    values = {name: [(scores.categories or {}).get(name) for scores in readings] for name in names}
    return Scores(
        overall=_median([scores.overall for scores in readings]),
        categories={name: _median(found) for name, found in values.items()},
        simulated_attacks=sum(scores.simulated_attacks or 0 for scores in readings),
        successful_attacks=sum(scores.successful_attacks or 0 for scores in readings),
        latest_execution=readings[-1].latest_execution,
    )


def _median(values: Iterable[Score | None]) -> Score | None:
    known = sorted(value for value in values if value is not None)
    return known[(len(known) - 1) // 2] if known else None


def _sum_counts(every: Sequence[Counts]) -> Counts:
    return Counts(
        *(sum(getattr(counts, name) or 0 for counts in every) for name in ("passed", "failed", "errors", "total"))
    )


def _summarize(outcome: Outcome, results: Sequence[RunResult]) -> str:
    """Return what the runs came to together, and how many of them failed by themselves."""
    runs = plural(len(results), "run")
    failed = [result for result in results if result.failed]
    ids = list(dict.fromkeys(check_id for result in failed for check_id in result.failed))
    named = few(ids, MAX_NAMED)
    if outcome is not Outcome.PASSED:
        return f"The failure was confirmed: of {runs}, {len(failed)} failed ({named})."
    if len(failed) == len(results):
        return f"Each of {runs} failed a check on its own ({named}), but none of these checks failed over all runs."
    return f"The failure was not confirmed: every check passed over {runs}, of which {len(failed)} failed ({named})."
