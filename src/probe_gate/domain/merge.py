"""Merging the reports of several gates into one verdict: which targets each covers, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

from probe_gate.domain.evidence import EarlyExit
from probe_gate.domain.formatting import few
from probe_gate.domain.shard import is_in_shard
from probe_gate.domain.verdict import (
    GREEN,
    JobIdentity,
    Part,
    PartTarget,
    Scope,
    TargetVerdict,
    Verdict,
    decide,
    exit_code_of,
    explain,
)
from probe_gate.errors import PRECEDENCE, Outcome, exit_code_for

Value = TypeVar("Value", str, tuple[str, str, str])

MAX_NAMED = 5
RUN_AGAIN = "Run that part again, and upload its report directory unchanged."
SAME_LIST = "Give each part the same policy file and the same targets, and merge again."
SAME_PIPELINE = "Merge the parts of one pipeline only, from a directory that holds nothing else."
HAND_OVER = "Pass the CI system's variables to the container that runs the gate, and merge again."


def judgement_of(verdict: TargetVerdict) -> str:
    """Return what two verdicts on a target must share to agree: a digest of the outcome and of that of each check."""
    checks = sorted(f"{check.id}={check.outcome.value}" for check in verdict.checks)
    text = "\n".join((verdict.outcome.value, str(verdict.is_soft), *checks))
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def judged_by(targets: Iterable[TargetVerdict]) -> tuple[PartTarget, ...]:
    """Return what a part keeps of the targets that it has judged."""
    found = {PartTarget(item.target.id, item.last.judged_at, judgement_of(item)) for item in targets}
    return tuple(sorted(found, key=lambda item: (item.id, item.judged_at, item.judgement)))


def label_of(part: Part) -> str:
    """Return how messages name a part, as the beginning of a sentence."""
    if part.shard is not None:
        return "Part {}/{}".format(*part.shard)
    ids = part.scope.target_ids if part.scope else tuple(item.id for item in part.judged)
    if ids:
        return f"The part with {_listed(ids)}"
    name = part.job.job if part.job else ""
    return f"The part of job {name}" if name else "A part without targets"


def find_superseded(parts: Sequence[Part]) -> frozenset[Part]:
    """Return the parts that a later attempt of the same job stands for."""
    legs: dict[object, list[tuple[int, Part]]] = {}
    for part in parts:
        job = part.job
        # on GitHub, the legs of a matrix have one name: without a key, nothing tells them apart
        if job is not None and job.attempt is not None and (job.key or job.system != "github"):
            leg = (*_pipeline_of(job), job.commit, job.job, job.step, job.key, part.shard)
            legs.setdefault(leg, []).append((job.attempt, part))
    return frozenset(
        part
        for attempts in legs.values()
        for attempt, part in attempts
        if any(later > attempt and _is_about_the_same(other, part) for later, other in attempts)
    )


def _is_about_the_same(later: Part, earlier: Part) -> bool:
    """Return whether a part of the same job and shard is about all that an earlier one was about, as far as they say."""
    if later.scope is None or earlier.scope is None:
        return True
    return set(earlier.scope.target_ids) <= set(later.scope.target_ids)


def _pipeline_of(job: JobIdentity) -> tuple[str, str, str]:
    return job.system, job.repository, job.pipeline


def find_foreign_parts(parts: Sequence[Part], merging: JobIdentity | None) -> Iterator[EarlyExit]:
    """Yield what keeps parts from being of one pipeline and one commit.

    `merging`: the CI job that merges. Where it is not known, most of the parts decide.
    """
    known = [part.job for part in parts if part.job is not None]
    if merging is None and not known:
        return
    pipeline = _pipeline_of(merging) if merging else _most(_pipeline_of(job) for job in known)
    commits = [job.commit for job in known if job.commit and _pipeline_of(job) == pipeline]
    commit = (merging.commit if merging else "") or (_most(commits) if commits else "")
    for part in parts:
        if part.job is None:
            if part.ending is None or part.ending.outcome in GREEN:
                yield _stop(f"{label_of(part)} does not say which pipeline it is from.", HAND_OVER)
        elif _pipeline_of(part.job) != pipeline:
            found, wanted = ("/".join(filter(None, one)) for one in (_pipeline_of(part.job), pipeline))
            yield _stop(f"{label_of(part)} is from another pipeline ({found}, not {wanted}).", SAME_PIPELINE)
        elif part.job.commit and commit and part.job.commit != commit:
            found, wanted = part.job.commit[:8], commit[:8]
            yield _stop(f"{label_of(part)} is about another commit ({found}, not {wanted}).", SAME_PIPELINE)


def _most(values: Iterable[Value]) -> Value:
    """Return the most frequent value."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value))


def find_gaps(parts: Sequence[Part], present: frozenset[int]) -> Iterator[EarlyExit]:
    """Yield what is missing: targets of a part, parts of the list, targets that no part judged.

    `present`: the targets that there is a verdict on.
    """
    for part in parts:
        yield from _gaps_in(part, present)
    for group in _groups_of(part for part in parts if part.scope is not None):
        everything = {id_ for part, scope in group for id_ in scope.all_target_ids}
        for part, scope in group:
            absent = sorted(everything.difference(scope.all_target_ids))
            if absent:
                yield _stop(
                    f"{label_of(part)} has a shorter list of targets than others: {_listed(absent)} "
                    f"{'is' if len(absent) == 1 else 'are'} not in it.",
                    SAME_LIST,
                )
        if all(part.shard is None for part, _ in group):
            covered = {id_ for _, scope in group for id_ in scope.target_ids}
            for id_ in sorted(everything - covered)[:MAX_NAMED]:
                yield _stop(f"No part judged target {id_}.", "Run the job of that target, and merge again.")


def _gaps_in(part: Part, present: frozenset[int]) -> Iterator[EarlyExit]:
    """Yield what a part was to judge and did not."""
    judged = {item.id for item in part.judged}
    scope = part.scope
    if scope is None:
        if judged or part.ending is None:
            yield _stop(f"{label_of(part)} does not say which targets it had to judge.", RUN_AGAIN)
        return
    if part.shard is not None:
        wanted = tuple(id_ for id_ in scope.all_target_ids if is_in_shard(id_, part.shard))
        if scope.target_ids != wanted:
            yield _stop(f"{label_of(part)} was not given the targets that belong to it.", SAME_LIST)
    if judged or part.ending is None:
        lost = sorted(set(scope.target_ids).difference(judged & present))
        if lost:
            yield _stop(f"{label_of(part)} had to judge {_listed(lost)}, but has no verdict on that.", RUN_AGAIN)
    added = sorted(judged.difference(scope.target_ids))
    if added:
        yield _stop(f"{label_of(part)} judged {_listed(added)}, which it did not have to judge.", RUN_AGAIN)


def _groups_of(parts: Iterable[Part]) -> list[list[tuple[Part, Scope]]]:
    """Group parts of one target list: all parts of a split, and others whose lists share a target."""
    leader: dict[object, object] = {}

    def find(key: object) -> object:
        while leader.setdefault(key, key) != key:
            leader[key] = key = leader[leader[key]]
        return key

    members: list[tuple[object, Part, Scope]] = []
    for part in parts:
        scope = part.scope
        if scope is None:
            continue
        keys: list[object] = [*scope.all_target_ids, *(["split"] if part.shard is not None else [])]
        for key in keys[1:]:
            leader[find(key)] = find(keys[0])
        members.append((keys[0] if keys else part, part, scope))
    groups: dict[object, list[tuple[Part, Scope]]] = {}
    for key, part, scope in members:
        groups.setdefault(find(key), []).append((part, scope))
    return list(groups.values())


def find_skipped(parts: Sequence[Part]) -> Iterator[EarlyExit]:
    """Yield the parts that were skipped where others were not: then the whole was not tested."""
    skipped = [part for part in parts if part.ending is not None and part.ending.outcome is Outcome.SKIPPED]
    if len(skipped) < len(parts):
        for part in skipped:
            hint = part.ending.hint if part.ending else ""
            yield _stop(f"{label_of(part)} was skipped: {part.ending.message if part.ending else ''}", hint)


def _stop(message: str, hint: str) -> EarlyExit:
    return EarlyExit(Outcome.INCONCLUSIVE, message, hint)


def _listed(ids: Sequence[int]) -> str:
    return f"{'target' if len(ids) == 1 else 'targets'} {few(ids, MAX_NAMED)}"


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
    reason, hint = _explain(undisputed, stops, outcome, soft=soft)
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
        hint=hint,
        command=MERGED,
        problems=_problems(parts, stops, reason),
        parts=every,
        notes=tuple(sorted(notes)),
        job=merging,
        policy_files=tuple(dict.fromkeys(file for verdict in verdicts for file in verdict.policy_files)),
    )


def _notes_on_attempts(superseded: Iterable[Part]) -> Iterator[str]:
    for part in superseded:
        attempt = part.job.attempt if part.job else None
        yield f"{label_of(part)} of attempt {attempt} is left out: a later attempt of the same job replaces it."


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


def _ending_of(verdict: Verdict) -> EarlyExit | None:
    """Return what the verdict's targets do not tell of its outcome."""
    if verdict.targets:
        outcome, soft = decide((target.outcome, target.is_soft) for target in verdict.targets)
    else:
        outcome, soft = Outcome.PASSED, False
    told = (outcome, exit_code_of(outcome, soft=soft)) == (verdict.outcome, verdict.exit_code)
    if told and (verdict.targets or verdict.shard is not None) and outcome is not Outcome.CANCELLED:
        return None
    if verdict.outcome is Outcome.PASSED or (verdict.outcome is Outcome.SKIPPED and verdict.exit_code != 0):
        return EarlyExit(Outcome.INCONCLUSIVE, f"A part says {verdict.outcome} and does not show why.", _LOOK)
    return EarlyExit(verdict.outcome, verdict.reason, verdict.hint)


_LOOK = "Look at the report of that part, and run it again."


def _unite(verdicts: Iterable[TargetVerdict], parts: Sequence[Part], superseded: frozenset[Part]) -> _Targets:
    """Return the verdicts that the parts stand for, without those that only superseded parts do."""
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
    words = [verdict.reason, verdict.hint, repr(verdict.checks), repr(verdict.runs), repr(judgements)]
    words += [repr(replace(policy, soft_fail=frozenset())) for policy in policies]
    words += [repr(sorted(judgement.checks.items(), key=repr)) for judgement in verdict.judgements]
    return verdict.last.judged_at, words, repr(verdict.rejected_overrides), softened


def _stops(parts: Sequence[Part], targets: _Targets, merging: JobIdentity | None) -> tuple[EarlyExit, ...]:
    """Return what decides beside the verdicts on targets, worst first."""
    stops = {part.ending for part in parts if part.ending is not None}
    stops.update(find_skipped(parts))
    stops.update(find_foreign_parts(parts, merging))
    stops.update(find_gaps(parts, frozenset(target.target.id for target in targets.kept)))
    stops.update(_split_stops({part.shard for part in parts if part.shard is not None}))
    stops.update(_contest_stop(id_) for id_ in targets.contested)
    if not targets.kept and not stops:
        hint = "Split into no more jobs than there are targets."
        stops.add(EarlyExit(Outcome.INCONCLUSIVE, "No part has a target, so nothing was judged.", hint))
    return tuple(sorted(stops, key=lambda stop: (PRECEDENCE.index(stop.outcome), stop.message, stop.hint)))


def _split_stops(shards: set[tuple[int, int]]) -> list[EarlyExit]:
    counts = sorted({count for _, count in shards})
    if len(counts) > 1:
        splits = " and ".join(str(count) for count in counts)
        hint = "Merge only the parts of one gate, from one pipeline."
        return [EarlyExit(Outcome.INCONCLUSIVE, f"These parts are from different splits: into {splits}.", hint)]
    hint = "Run that part again, or have it upload its report directory even if it fails, and merge again."
    return [
        EarlyExit(Outcome.INCONCLUSIVE, f"Part {number}/{count} is missing.", hint)
        for count in counts
        for number in _absent(shards, count)
    ]


MAX_MISSING_NAMED = 50
"""Missing parts named one by one."""


def _absent(shards: set[tuple[int, int]], count: int) -> Iterable[int]:
    found = {number for number, _ in shards}
    absent = (number for number in range(1, count + 1) if number not in found)
    return [number for number, _ in zip(absent, range(MAX_MISSING_NAMED), strict=False)]


def _contest_stop(target_id: int) -> EarlyExit:
    hint = "Run the gate on this target once more, and merge the parts of one pipeline only."
    return EarlyExit(Outcome.INCONCLUSIVE, f"Parts disagree on target {target_id}.", hint)


def _explain(
    targets: Sequence[TargetVerdict], stops: Sequence[EarlyExit], outcome: Outcome, *, soft: bool
) -> tuple[str, str]:
    if any((target.outcome, target.is_soft) == (outcome, soft) for target in targets):
        return explain(targets, outcome, soft=soft)
    first = next(stop for stop in stops if stop.outcome is outcome)
    return first.message, first.hint


def _problems(parts: Sequence[Part], stops: Sequence[EarlyExit], reason: str) -> tuple[str, ...]:
    """Return what decides beside the targets and the reason given, and each mistake of the parts, once."""
    said = [stop.message for stop in stops if stop.outcome not in GREEN]
    said.extend(sorted({problem for part in parts for problem in part.problems}))
    return tuple(problem for problem in dict.fromkeys(said) if problem != reason)


def _signal_code(parts: Sequence[Part]) -> int:
    """Return the highest exit code of the parts that a signal ended."""
    codes = [part.exit_code for part in parts if part.outcome is Outcome.CANCELLED]
    return max((code for code in codes if code > _FIRST_SIGNAL_CODE), default=exit_code_for(Outcome.CANCELLED))
