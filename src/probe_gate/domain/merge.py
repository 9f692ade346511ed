"""Verdicts of the parts of a split gate as one verdict.

Merging is a union: of the parts, of the verdicts on targets, of the notes. Whatever the order and the
grouping, and however often a part is given, the merged verdict is the same, because what it decides is
worked out anew each time from what it is made of. What is missing or contradictory is never a pass: each part says which
targets the whole gate has, and which pipeline, commit and attempt it is from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from probe_gate.domain.combine import GREEN, decide, explain
from probe_gate.domain.evidence import Stop
from probe_gate.domain.parts import (
    find_gaps,
    find_skipped,
    find_strangers,
    find_superseded,
    judged_by,
    judgement_of,
    label_of,
)
from probe_gate.domain.verdict import JobIdentity, Part, TargetVerdict, Verdict, exit_code_of
from probe_gate.errors import PRECEDENCE, Outcome, exit_code_for

MERGED = "merge"
"""The command of a merged verdict."""

_FIRST_SIGNAL_CODE = 128


@dataclass(frozen=True, slots=True)
class _Targets:
    """The verdicts on targets of all parts."""

    kept: tuple[TargetVerdict, ...]
    """By target id; of those that agree on a target the latest."""
    contested: frozenset[int]
    """The targets on which parts disagree; all that disagree are kept."""
    repeated: frozenset[int]
    """The targets on which several parts agree."""


FAR_APART = timedelta(days=1)
"""Parts of one pipeline are not judged this far apart: one may be left over from an earlier one."""
_FAR_APART_NOTE = (
    "Some parts were judged more than a day before others: make sure that none is left from an earlier pipeline."
)


def merge(verdicts: Sequence[Verdict], *, merging: JobIdentity | None = None) -> Verdict:
    """One verdict of these, merged ones among them. Raises `ValueError` when there are none.

    A part or a target that is missing, a part that was skipped or is not of this gate, and a target on which two parts
    disagree, are inconclusive; by the order of outcomes something worse elsewhere still decides. A later attempt of the
    same job stands for an earlier one. `merging`: the CI job that merges, whose pipeline and commit the parts must be of.
    """
    if not verdicts:
        raise ValueError("nothing to merge")
    unordered = {part for verdict in verdicts for part in _parts_of(verdict)}
    every = tuple(sorted(unordered, key=lambda part: (part.shard or (0, 0), repr(part))))
    superseded = find_superseded(every)
    parts = tuple(part for part in every if part not in superseded)
    targets = _unite((target for verdict in verdicts for target in verdict.targets), parts, superseded)
    stops = _stops(parts, targets, merging)
    undisputed = [target for target in targets.kept if target.target.id not in targets.contested]
    endings = [(target.outcome, target.is_soft) for target in undisputed]
    outcome, soft = decide([*endings, *((stop.outcome, False) for stop in stops)])
    reason, advice = _explain(undisputed, stops, outcome, soft=soft)
    notes = {note for part in parts for note in part.notes}
    notes.update(f"Target {id_} is in several parts that agree; the latest is shown." for id_ in targets.repeated)
    notes.update(_notes_on_attempts(superseded))
    if _spread(parts) > FAR_APART:
        notes.add(_FAR_APART_NOTE)
    return Verdict(
        outcome=outcome,
        reason=reason,
        targets=targets.kept,
        started_at=min(verdict.started_at for verdict in verdicts),
        judged_at=max(verdict.judged_at for verdict in verdicts),
        exit_code=_signal_code(parts) if outcome is Outcome.CANCELLED else exit_code_of(outcome, soft=soft),
        advice=advice,
        command=MERGED,
        problems=_problems(parts, stops, reason),
        parts=every,
        notes=tuple(sorted(notes)),
        job=merging,
    )


def _notes_on_attempts(superseded: Iterable[Part]) -> Iterator[str]:
    for part in superseded:
        attempt = part.job.attempt if part.job else None
        yield f"{label_of(part)} of attempt {attempt} is left out: a later attempt of the same job stands for it."


def _spread(parts: Sequence[Part]) -> timedelta:
    moments = [item.judged_at for part in parts for item in part.judged]
    return max(moments) - min(moments) if moments else timedelta()


def _parts_of(verdict: Verdict) -> tuple[Part, ...]:
    if verdict.command == MERGED and verdict.parts:
        return verdict.parts
    return (
        Part(
            verdict.shard,
            verdict.outcome,
            verdict.exit_code,
            _ending_of(verdict),
            verdict.problems,
            verdict.scope,
            verdict.job,
            judged_by(verdict.targets),
            verdict.notes,
        ),
    )


def _ending_of(verdict: Verdict) -> Stop | None:
    """What the verdict's targets do not tell of its outcome."""
    if verdict.targets:
        outcome, soft = decide((target.outcome, target.is_soft) for target in verdict.targets)
    else:
        outcome, soft = Outcome.PASSED, False
    told = (outcome, exit_code_of(outcome, soft=soft)) == (verdict.outcome, verdict.exit_code)
    if told and (verdict.targets or verdict.shard is not None) and outcome is not Outcome.CANCELLED:
        return None
    if verdict.outcome is Outcome.PASSED or (verdict.outcome is Outcome.SKIPPED and verdict.exit_code != 0):
        return Stop(Outcome.INCONCLUSIVE, f"A part says {verdict.outcome} and does not show why.", _LOOK)
    return Stop(verdict.outcome, verdict.reason, verdict.advice)


_LOOK = "Look at the report of that part, and run it again."


def _unite(verdicts: Iterable[TargetVerdict], parts: Sequence[Part], superseded: frozenset[Part]) -> _Targets:
    """The verdicts that the parts stand for, without those that only superseded parts do."""
    claims = Counter((item.id, item.judgement) for part in parts for item in part.judged)
    left_out = {(item.id, item.judgement) for part in superseded for item in part.judged}.difference(claims)
    by_judgement: dict[tuple[int, str], list[TargetVerdict]] = {}
    for verdict in verdicts:
        key = verdict.target.id, judgement_of(verdict)
        if key not in left_out:
            by_judgement.setdefault(key, []).append(verdict)
    judgements = {*claims, *by_judgement}
    ids = Counter(id_ for id_, _ in judgements)
    latest = [max(same, key=_age) for same in by_judgement.values()]
    return _Targets(
        kept=tuple(sorted(latest, key=lambda verdict: (verdict.target.id, _age(verdict)))),
        contested=frozenset(id_ for id_, count in ids.items() if count > 1),
        repeated=frozenset(id_ for (id_, _), count in claims.items() if count > 1),
    )


def _age(verdict: TargetVerdict) -> tuple[object, ...]:
    """Orders verdicts by the moment of judging, and verdicts of one moment in some order that is always the same."""
    judgements = [(judgement.layer.value, judgement.outcome.value) for judgement in verdict.judgements]
    policies = [verdict.policy, *(judgement.policy for judgement in verdict.judgements)]
    softened = [sorted(outcome.value for outcome in policy.soft_fail) for policy in policies]
    words = [verdict.reason, verdict.advice, repr(verdict.checks), repr(verdict.evidence), repr(judgements)]
    words += [repr(replace(policy, soft_fail=frozenset())) for policy in policies]
    words += [repr(sorted(judgement.checks.items(), key=repr)) for judgement in verdict.judgements]
    return verdict.evidence.judged_at, words, repr(verdict.rejected_overrides), softened


def _stops(parts: Sequence[Part], targets: _Targets, merging: JobIdentity | None) -> tuple[Stop, ...]:
    """What decides beside the verdicts on targets, worst first."""
    stops = {part.ending for part in parts if part.ending is not None}
    stops.update(find_skipped(parts))
    stops.update(find_strangers(parts, merging))
    stops.update(find_gaps(parts, frozenset(target.target.id for target in targets.kept)))
    stops.update(_split_stops({part.shard for part in parts if part.shard is not None}))
    stops.update(_contest_stop(id_) for id_ in targets.contested)
    if not targets.kept and not stops:
        advice = "Split over no more jobs than there are targets."
        stops.add(Stop(Outcome.INCONCLUSIVE, "No part holds a target, so nothing was judged.", advice))
    return tuple(sorted(stops, key=lambda stop: (PRECEDENCE.index(stop.outcome), stop.message, stop.advice)))


def _split_stops(shards: set[tuple[int, int]]) -> list[Stop]:
    counts = sorted({count for _, count in shards})
    if len(counts) > 1:
        splits = " and ".join(str(count) for count in counts)
        advice = "Give the parts of one gate, from one pipeline, only."
        return [Stop(Outcome.INCONCLUSIVE, f"These are parts of different splits: into {splits}.", advice)]
    advice = "Run that part again, or have it hand over its report directory whatever its end, and merge again."
    return [
        Stop(Outcome.INCONCLUSIVE, f"Part {number}/{count} is missing.", advice)
        for count in counts
        for number in _absent(shards, count)
    ]


MOST_MISSING = 50
"""Missing parts named one by one."""


def _absent(shards: set[tuple[int, int]], count: int) -> Iterable[int]:
    found = {number for number, _ in shards}
    absent = (number for number in range(1, count + 1) if number not in found)
    return [number for number, _ in zip(absent, range(MOST_MISSING), strict=False)]


def _contest_stop(target_id: int) -> Stop:
    advice = "Run the gate on this target once more, and merge the parts of one pipeline only."
    return Stop(Outcome.INCONCLUSIVE, f"Parts disagree on target {target_id}.", advice)


def _explain(
    targets: Sequence[TargetVerdict], stops: Sequence[Stop], outcome: Outcome, *, soft: bool
) -> tuple[str, str]:
    if any((target.outcome, target.is_soft) == (outcome, soft) for target in targets):
        return explain(targets, outcome, soft=soft)
    first = next(stop for stop in stops if stop.outcome is outcome)
    return first.message, first.advice


def _problems(parts: Sequence[Part], stops: Sequence[Stop], reason: str) -> tuple[str, ...]:
    """What decides beside the targets and the reason given, and each mistake of the parts, once."""
    said = [stop.message for stop in stops if stop.outcome not in GREEN]
    said.extend(sorted({problem for part in parts for problem in part.problems}))
    return tuple(problem for problem in dict.fromkeys(said) if problem != reason)


def _signal_code(parts: Sequence[Part]) -> int:
    """The highest exit code of the parts that a signal ended."""
    codes = [part.exit_code for part in parts if part.outcome is Outcome.CANCELLED]
    return max((code for code in codes if code > _FIRST_SIGNAL_CODE), default=exit_code_for(Outcome.CANCELLED))
