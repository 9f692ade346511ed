"""Verdicts on several targets as one verdict of the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from probe_gate.domain.names import name_of
from probe_gate.domain.verdict import TargetVerdict, Verdict, exit_code_of
from probe_gate.errors import PRECEDENCE, CancelledError, ConfigError, GateError, Outcome

GREEN = frozenset({Outcome.PASSED, Outcome.SKIPPED})

MOST_NAMED = 5
"""Targets named in one sentence."""

_WHAT_HAPPENED: dict[Outcome, str] = {
    Outcome.PASSED: "passed",
    Outcome.SKIPPED: "got skipped",
    Outcome.FAILED: "failed",
    Outcome.CONFIG_ERROR: "met wrong configuration",
    Outcome.AUTH_ERROR: "met refused access",
    Outcome.PLATFORM_ERROR: "met a platform error",
    Outcome.RUN_ENDED: "had a run that ended without a result",
    Outcome.TIMED_OUT: "timed out",
    Outcome.INCONCLUSIVE: "could not be judged",
    Outcome.INTERNAL_ERROR: "met a bug in probe-gate",
    Outcome.CANCELLED: "got cancelled",
}


def decide(endings: Iterable[tuple[Outcome, bool]]) -> tuple[Outcome, bool]:
    """The outcome of all these endings together, and whether it is softened.

    Each ending is an outcome and whether it is softened. The first by precedence decides among those that
    turn a build red; only when there is none does the first among the rest. No ending at all proves nothing.
    """
    every = set(endings)
    if not every:
        return Outcome.INCONCLUSIVE, False
    red = {(outcome, soft) for outcome, soft in every if not soft and outcome not in GREEN}
    return min(red or every, key=lambda ending: (PRECEDENCE.index(ending[0]), ending[1]))


def combine(
    targets: Sequence[TargetVerdict],
    *,
    started_at: datetime,
    judged_at: datetime,
    command: str = "run",
    shard: tuple[int, int] | None = None,
    notes: tuple[str, ...] = (),
    signal_number: int | None = None,
) -> Verdict:
    """The verdict of a gate over these targets.

    Without any target it is inconclusive, but for a part of split targets: to that, none may have fallen.
    """
    if targets:
        outcome, soft = decide((target.outcome, target.is_soft) for target in targets)
        reason, advice = explain(targets, outcome, soft=soft)
    elif shard is not None:
        outcome, soft = Outcome.PASSED, False
        reason, advice = f"No target falls to part {shard[0]}/{shard[1]}, so there is nothing to judge.", ""
    else:
        outcome, soft = Outcome.INCONCLUSIVE, False
        reason, advice = "No target was judged.", "Name a target with --target-id or in the policy file."
    return Verdict(
        outcome=outcome,
        reason=reason,
        targets=tuple(targets),
        started_at=started_at,
        judged_at=judged_at,
        exit_code=exit_code_of(outcome, soft=soft, signal_number=signal_number),
        advice=advice,
        command=command,
        shard=shard,
        notes=notes,
    )


def end_early(
    error: GateError,
    *,
    started_at: datetime,
    judged_at: datetime,
    command: str = "run",
    shard: tuple[int, int] | None = None,
) -> Verdict:
    """The verdict of a gate that ended before it got as far as a target."""
    signal_number = error.signal_number if isinstance(error, CancelledError) else None
    return Verdict(
        outcome=error.outcome,
        reason=error.message,
        targets=(),
        started_at=started_at,
        judged_at=judged_at,
        exit_code=exit_code_of(error.outcome, soft=False, signal_number=signal_number),
        advice=error.advice,
        command=command,
        problems=error.problems if isinstance(error, ConfigError) else (),
        shard=shard,
    )


def explain(targets: Sequence[TargetVerdict], outcome: Outcome, *, soft: bool) -> tuple[str, str]:
    """Why these targets lead to this outcome, in one sentence, and what to do now."""
    deciding = [target for target in targets if (target.outcome, target.is_soft) == (outcome, soft)]
    if len(targets) == 1:
        return targets[0].reason, targets[0].advice
    happened = _WHAT_HAPPENED[outcome]
    advice = next((target.advice for target in deciding if target.advice), "")
    if len(deciding) == len(targets):
        return f"All {len(targets)} targets {happened}.", advice
    named = ", ".join(name_of(target.target) for target in deciding[:MOST_NAMED])
    if len(deciding) > MOST_NAMED:
        named += f" and {len(deciding) - MOST_NAMED} more"
    pardon = " but are let pass by soft-fail" if soft else ""
    return f"{len(deciding)} of {len(targets)} targets {happened}{pardon}: {named}.", advice
