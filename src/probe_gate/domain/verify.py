"""Whether a verdict follows from its own evidence and policy. That is consistency, not authenticity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probe_gate.domain.confirmation import judge_runs
from probe_gate.domain.merge import MERGED, merge
from probe_gate.domain.policy import Overrides
from probe_gate.domain.shard import is_in_shard
from probe_gate.domain.text import name_of
from probe_gate.domain.verdict import (
    Check,
    Confirmation,
    Judgement,
    PolicyLayer,
    TargetVerdict,
    Verdict,
    decide,
    exit_code_of,
)
from probe_gate.errors import Outcome

UNSEEN_IN_EVIDENCE = frozenset({Outcome.CANCELLED, Outcome.INTERNAL_ERROR})
"""What can end a gate after its targets were judged. Neither is a pass, so neither needs proof."""

_SIGNAL_CODES = range(129, 256)
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a verdict says and its evidence does not."""

    where: str
    """The target, or the gate as a whole."""
    what: str
    """Such as `outcome` or `overall-score: limit`."""
    said: str
    follows: str


def find_differences(verdict: Verdict, *, with_words: bool) -> tuple[Difference, ...]:
    """Judges each target's evidence again with its policy, as of its moment, and compares.

    `with_words`: whether the sentences must be the same too; they may change from version to version.
    """
    found = [item for target in verdict.targets for item in _target_differences(target, with_words=with_words)]
    found.extend(_merged_differences(verdict) if verdict.command == MERGED else _gate_differences(verdict))
    return tuple(found)


def _target_differences(target: TargetVerdict, *, with_words: bool) -> Iterator[Difference]:
    where = name_of(target.target)
    confirmation = target.confirmation
    not_started = confirmation.not_started if confirmation else ""
    again = judge_runs(target.policy, target.runs, _overrides_of(target), not_started=not_started)
    yield from _compare(where, "target", target.target, again.target)
    yield from _compare(where, "outcome", target.outcome, again.outcome)
    said = {check.id: check for check in target.checks}
    follow = {check.id: check for check in again.checks}
    if len(said) < len(target.checks):
        yield Difference(where, "checks", "a check twice", "each check once")
    for id_ in dict.fromkeys([*follow, *said]):
        yield from _check_differences(where, id_, said.get(id_), follow.get(id_), with_words=with_words)
    yield from _judgement_differences(where, target.judgements, again.judgements)
    yield from _confirmation_differences(where, confirmation, again.confirmation, with_words=with_words)
    if with_words:
        yield from _compare(where, "reason", target.reason, again.reason)
        yield from _compare(where, "hint", target.hint, again.hint)


def _confirmation_differences(
    where: str, said: Confirmation | None, follows: Confirmation | None, *, with_words: bool
) -> Iterator[Difference]:
    """Compare what the runs came to by themselves, and their median."""
    if said is None or follows is None:
        yield from _compare(where, "confirming runs", said and len(said.runs), follows and len(follows.runs))
        return
    yield from _compare(where, "median of the runs", said.scores, follows.scores)
    yield from _compare(where, "runs", len(said.results), len(follows.results))
    for number, (one, again) in enumerate(zip(said.results, follows.results, strict=False), start=1):
        yield from _compare(where, f"outcome of run {number}", one.outcome, again.outcome)
        yield from _compare(where, f"failed checks of run {number}", ", ".join(one.failed), ", ".join(again.failed))
        if with_words:
            yield from _compare(where, f"reason of run {number}", one.reason, again.reason)
    if with_words:
        yield from _compare(where, "summary of the runs", said.summary, follows.summary)


def _overrides_of(target: TargetVerdict) -> Overrides | None:
    """Return the policies that the target was judged by beside its own, or None if there was no base policy."""
    policies = {judgement.layer: judgement.policy for judgement in target.judgements}
    if not policies:
        return None
    pipeline, change = (policies.get(layer, target.policy) for layer in (PolicyLayer.PIPELINE, PolicyLayer.CHANGE))
    return Overrides(pipeline, change, target.rejected_overrides)


def _judgement_differences(where: str, said: Sequence[Judgement], follow: Sequence[Judgement]) -> Iterator[Difference]:
    """Compare the judgements: each layer once, the base policy's own first."""
    layers = [", ".join(judgement.layer.value for judgement in judgements) for judgements in (said, follow)]
    yield from _compare(where, "judgements", *layers)
    for one, again in zip(said, follow, strict=False):
        name = again.layer.value
        yield from _compare(where, f"policy of {name}", one.policy, again.policy)
        yield from _compare(where, f"outcome by {name}", one.outcome, again.outcome)
        for id_ in dict.fromkeys([*again.checks, *one.checks]):
            outcomes = [outcome and outcome.value for outcome in (one.checks.get(id_), again.checks.get(id_))]
            yield from _compare(where, f"{id_} by {name}", *outcomes)


_FACTS = ("measured_value", "limit_value", "baseline_value", "origin", "waiver_reason", "decided_by")
_WORDS = ("message", "measured", "limit", "hint")


def _check_differences(
    where: str, id_: str, said: Check | None, follows: Check | None, *, with_words: bool
) -> Iterator[Difference]:
    if said is None or follows is None:
        outcomes = [_NOTHING if check is None else check.outcome.value for check in (said, follows)]
        yield Difference(where, id_, *outcomes)
        return
    yield from _compare(where, id_, said.outcome.value, follows.outcome.value)
    for name in (*_FACTS, *(_WORDS if with_words else ())):
        yield from _compare(where, f"{id_}: {name.replace('_', ' ')}", getattr(said, name), getattr(follows, name))


def _gate_differences(verdict: Verdict) -> Iterator[Difference]:
    if verdict.targets:
        outcome, soft = decide((target.outcome, target.is_soft) for target in verdict.targets)
    elif verdict.outcome in (Outcome.PASSED, Outcome.FAILED):
        outcome, soft = (Outcome.INCONCLUSIVE if verdict.shard is None else Outcome.PASSED), False
    else:
        outcome, soft = verdict.outcome, False
    if verdict.outcome in UNSEEN_IN_EVIDENCE:
        outcome, soft = verdict.outcome, False
    yield from _scope_differences(verdict)
    yield from _compare("the gate", "outcome", verdict.outcome, outcome)
    if outcome is not Outcome.CANCELLED or verdict.exit_code not in _SIGNAL_CODES:
        yield from _compare("the gate", "exit code", verdict.exit_code, exit_code_of(outcome, soft=soft))


def _scope_differences(verdict: Verdict) -> Iterator[Difference]:
    """Compare the targets that a gate was to judge with those that it has judged."""
    scope = verdict.scope
    if scope is None or (not verdict.targets and verdict.outcome not in (Outcome.PASSED, Outcome.FAILED)):
        return
    wanted = scope.target_ids
    if verdict.shard is not None:
        wanted = tuple(id_ for id_ in scope.all_target_ids if is_in_shard(id_, verdict.shard))
        yield from _compare("the gate", "targets of its part", _ids(scope.target_ids), _ids(wanted))
    judged = tuple(sorted({target.target.id for target in verdict.targets}))
    yield from _compare("the gate", "targets", _ids(judged), _ids(scope.target_ids))


def _ids(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))


def _merged_differences(verdict: Verdict) -> Iterator[Difference]:
    again = merge([verdict], merging=verdict.job)
    yield from _compare("the gate", "outcome", verdict.outcome, again.outcome)
    yield from _compare("the gate", "exit code", verdict.exit_code, again.exit_code)


def _compare(where: str, what: str, said: object, follows: object) -> Iterator[Difference]:
    if said != follows:
        yield Difference(where, what, _shown(said), _shown(follows))


def _shown(value: object) -> str:
    return _NOTHING if value is None or value == "" else str(value)
