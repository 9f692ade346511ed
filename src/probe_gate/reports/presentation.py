"""How every report presents a verdict: the order, the words, the signs and the colors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probe_gate.domain.evaluate import SEVERITY
from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.formatting import plural
from probe_gate.domain.run import Run
from probe_gate.domain.run_size import describe_shrinkage
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import short_name_of
from probe_gate.domain.verdict import Check, CheckOutcome, PolicyLayer, TargetVerdict, Verdict
from probe_gate.errors import PRECEDENCE, Outcome

OUTCOME_NAMES: dict[Outcome, str] = {
    Outcome.PASSED: "Passed",
    Outcome.SKIPPED: "Skipped",
    Outcome.FAILED: "Failed",
    Outcome.CONFIG_ERROR: "Wrong configuration",
    Outcome.AUTH_ERROR: "No access",
    Outcome.PLATFORM_ERROR: "Platform error",
    Outcome.RUN_ENDED: "Run ended without a result",
    Outcome.TIMED_OUT: "Timed out",
    Outcome.INCONCLUSIVE: "Inconclusive",
    Outcome.INTERNAL_ERROR: "Internal error",
    Outcome.CANCELLED: "Cancelled",
}
"""How a headline names each outcome."""

LAYER_NAMES: dict[PolicyLayer, str] = {
    PolicyLayer.BASE: "the base policy",
    PolicyLayer.PIPELINE: "the base policy with the pipeline's options",
    PolicyLayer.CHANGE: "the change's policy",
}

CHECK_SIGNS: dict[CheckOutcome, str] = {
    CheckOutcome.FAILED: "✗",
    CheckOutcome.ERROR: "?",
    CheckOutcome.WAIVED: "~",
    CheckOutcome.PASSED: "✓",
    CheckOutcome.INFO: "·",
}

CHECK_OUTCOME_NAMES: dict[CheckOutcome, str] = {
    CheckOutcome.FAILED: "failed",
    CheckOutcome.ERROR: "could not be judged",
    CheckOutcome.WAIVED: "waived",
    CheckOutcome.PASSED: "passed",
    CheckOutcome.INFO: "for information",
}

ALARMING = frozenset({CheckOutcome.FAILED, CheckOutcome.ERROR})
"""What keeps a check from being fine."""


def is_good(outcome: Outcome) -> bool:
    """Return whether nothing has to be done."""
    return outcome in (Outcome.PASSED, Outcome.SKIPPED)


def waived_ids(target: TargetVerdict) -> list[str]:
    """Return the ids of the checks that a waiver covers."""
    return [check.id for check in target.checks if check.outcome is CheckOutcome.WAIVED]


def describe_outcome(target: TargetVerdict) -> str:
    """Return `passed`, `passed, 1 check waived`, `passed, 3 runs` or `failed, does not fail the build`."""
    described = OUTCOME_NAMES[target.outcome].lower()
    waived = len(waived_ids(target))
    if waived:
        described += f", {plural(waived, 'check')} waived"
    if len(target.runs) > 1:
        described += f", {plural(len(target.runs), 'run')}"
    if target.is_soft and not is_good(target.outcome):
        described += ", does not fail the build"
    return described


def confirmation_summary(target: TargetVerdict) -> str:
    """Return what the runs that confirm a failure came to; empty if there were none, or if it is the target's reason."""
    summary = target.confirmation.summary if target.confirmation else ""
    return "" if summary == target.reason else summary


def notes_of(target: TargetVerdict) -> list[str]:
    """Return the notes on each run and on the policy."""
    shrinkage = describe_shrinkage(target.evidence)
    notes = [*([shrinkage] if shrinkage else []), *target.evidence.notes]
    for number, run in enumerate(target.runs[1:], start=2):
        notes += [f"Run {number}: {note}" for note in run.notes]
    return [*notes, *target.policy.notes]


def shrinkages(targets: Sequence[TargetVerdict]) -> list[str]:
    """Return that runs have become much smaller than usual, each with its target if there are several."""
    found = ((target, describe_shrinkage(target.evidence)) for target in targets)
    return [f"{short_name_of(target.target)}: {text}" if len(targets) > 1 else text for target, text in found if text]


def sign_of_target(target: TargetVerdict) -> str:
    """Return the sign of the target's outcome, or that of a waiver without which it would not be green."""
    if target.outcome is Outcome.PASSED and waived_ids(target):
        return CHECK_SIGNS[CheckOutcome.WAIVED]
    return sign_of(target.outcome, is_soft=target.is_soft)


def sign_of(outcome: Outcome, *, is_soft: bool = False) -> str:
    """Return one sign for an outcome, the same in every text report."""
    if is_good(outcome):
        return "✓" if outcome is Outcome.PASSED else "·"
    if is_soft:
        return "!"
    return "✗" if outcome is Outcome.FAILED else "?"


def sort_checks(checks: Iterable[Check]) -> list[Check]:
    """Return failed checks first; within an outcome the order of the verdict stays."""
    return sorted(checks, key=lambda check: SEVERITY.index(check.outcome))


def alarming_checks(target: TargetVerdict) -> list[Check]:
    """Return the checks that failed or could not be judged, failed ones first."""
    return [check for check in sort_checks(target.checks) if check.outcome in ALARMING]


def decision_of(check: Check, target: TargetVerdict) -> str:
    """Return which policy decided a check, and what the others made of it where that differs.

    Empty without a base policy, and for a check that passed or is for information.
    """
    if check.decided_by is None or check.outcome in (CheckOutcome.PASSED, CheckOutcome.INFO):
        return ""
    differing: dict[str, list[str]] = {}
    for judgement in target.judgements:
        outcome = judgement.checks.get(check.id)
        if outcome is not check.outcome:
            word = "not checked" if outcome is None else CHECK_OUTCOME_NAMES[outcome]
            differing.setdefault(word, []).append(LAYER_NAMES[judgement.layer])
    others = "".join(f"; under {' and '.join(layers)}: {word}" for word, layers in differing.items())
    return f"Decided by {LAYER_NAMES[check.decided_by]}{others}."


def split_followers(checks: Iterable[Check]) -> tuple[list[Check], list[Check]]:
    """Return checks that say something themselves, and those that only were not judged because another one is not fine."""
    own: list[Check] = []
    followers: list[Check] = []
    for check in checks:
        (followers if check.message.startswith("Not judged:") and not check.hint else own).append(check)
    return (own, followers) if own else (followers, [])


def alarming_ids(target: TargetVerdict) -> list[str]:
    """Return the checks to look at: those that failed or could not be judged, without the ones that only follow."""
    return [check.id for check in split_followers(alarming_checks(target))[0]]


def sort_targets(targets: Iterable[TargetVerdict]) -> list[TargetVerdict]:
    """Return the targets that decide the outcome first, softened ones after those that are not."""
    return sorted(targets, key=lambda target: (target.is_soft, PRECEDENCE.index(target.outcome)))


def is_green(verdict: Verdict) -> bool:
    """Return whether everything is as it should be: not only softened."""
    return verdict.is_green and is_good(verdict.outcome)


def headline(verdict: Verdict) -> str:
    """Return `Failed`, `Failed (does not fail the build)`."""
    word = OUTCOME_NAMES[verdict.outcome]
    if verdict.is_green and not is_good(verdict.outcome):
        return f"{word} (does not fail the build)"
    return word


def run_of(target: TargetVerdict) -> Run | None:
    """Return the run, the first one of several."""
    return None if isinstance(target.evidence.run, Unavailable) else target.evidence.run


def scores_of(target: TargetVerdict) -> Scores | None:
    """Return the scores that were judged: the median of several runs."""
    return None if isinstance(target.scores, Unavailable) else target.scores


CHECK_SEVERITIES = {
    CheckOutcome.PASSED: "good",
    CheckOutcome.FAILED: "bad",
    CheckOutcome.ERROR: "doubt",
    CheckOutcome.WAIVED: "soft",
    CheckOutcome.INFO: "quiet",
}


def severity_of(outcome: Outcome, *, is_soft: bool) -> str:
    """Return `good`, `bad`, `doubt` (could not be judged) or `soft` (a failure that does not count)."""
    if is_good(outcome):
        return "good" if outcome is Outcome.PASSED else "quiet"
    return "soft" if is_soft else "bad" if outcome is Outcome.FAILED else "doubt"


def sign_of_severity(tone: str) -> str:
    return {"good": "✓", "bad": "✗", "doubt": "?", "soft": "!", "quiet": "·"}[tone]
