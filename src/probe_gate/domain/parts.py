"""What the parts of one gate must have in common, and what they must cover together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TypeVar

from probe_gate.domain.combine import GREEN
from probe_gate.domain.evidence import Stop
from probe_gate.domain.shard import is_in_shard
from probe_gate.domain.verdict import JobIdentity, Part, PartTarget, Scope, TargetVerdict
from probe_gate.errors import Outcome

Value = TypeVar("Value", str, tuple[str, str, str])

MAX_NAMED = 5
RUN_AGAIN = "Run that part again, and hand over its report directory as it is."
SAME_LIST = "Give each part the same policy file and the same targets, and merge again."
SAME_PIPELINE = "Merge the parts of one pipeline only, from a directory that holds nothing else."
HAND_OVER = "Hand over the CI system's variables to the container that runs the gate, and merge again."


def judgement_of(verdict: TargetVerdict) -> str:
    """Return what two verdicts on a target must share to agree: a digest of the outcome and of that of each check."""
    checks = sorted(f"{check.id}={check.outcome.value}" for check in verdict.checks)
    text = "\n".join((verdict.outcome.value, str(verdict.is_soft), *checks))
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def judged_by(targets: Iterable[TargetVerdict]) -> tuple[PartTarget, ...]:
    """Return what a part keeps of the targets that it has judged."""
    found = {PartTarget(item.target.id, item.evidence.judged_at, judgement_of(item)) for item in targets}
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
    """Whether a part of the same job and shard is about all that an earlier one was about, as far as they say."""
    if later.scope is None or earlier.scope is None:
        return True
    return set(earlier.scope.target_ids) <= set(later.scope.target_ids)


def _pipeline_of(job: JobIdentity) -> tuple[str, str, str]:
    return job.system, job.repository, job.pipeline


def find_strangers(parts: Sequence[Part], merging: JobIdentity | None) -> Iterator[Stop]:
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


def find_gaps(parts: Sequence[Part], present: frozenset[int]) -> Iterator[Stop]:
    """Yield what is missing of the whole: a target out of a part, a part of the list, a target of the list.

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
                    f"{label_of(part)} has a shorter list than others: {_listed(absent)} "
                    f"{'is' if len(absent) == 1 else 'are'} not in it.",
                    SAME_LIST,
                )
        if all(part.shard is None for part, _ in group):
            covered = {id_ for _, scope in group for id_ in scope.target_ids}
            for id_ in sorted(everything - covered)[:MAX_NAMED]:
                yield _stop(f"No part judged target {id_}.", "Run the job of that target, and merge again.")


def _gaps_in(part: Part, present: frozenset[int]) -> Iterator[Stop]:
    """Yield what a part was to judge and did not."""
    judged = {item.id for item in part.judged}
    scope = part.scope
    if scope is None:
        if judged or part.ending is None:
            yield _stop(f"{label_of(part)} does not say which targets it was to judge.", RUN_AGAIN)
        return
    if part.shard is not None:
        wanted = tuple(id_ for id_ in scope.all_target_ids if is_in_shard(id_, part.shard))
        if scope.target_ids != wanted:
            yield _stop(f"{label_of(part)} was not given the targets that fall to it.", SAME_LIST)
    if judged or part.ending is None:
        lost = sorted(set(scope.target_ids).difference(judged & present))
        if lost:
            yield _stop(f"{label_of(part)} was to judge {_listed(lost)}, and holds no verdict on that.", RUN_AGAIN)
    added = sorted(judged.difference(scope.target_ids))
    if added:
        yield _stop(f"{label_of(part)} judged {_listed(added)}, which it was not to judge.", RUN_AGAIN)


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


def find_skipped(parts: Sequence[Part]) -> Iterator[Stop]:
    """Yield the parts that were skipped where others were not: then the whole was not tested."""
    skipped = [part for part in parts if part.ending is not None and part.ending.outcome is Outcome.SKIPPED]
    if len(skipped) < len(parts):
        for part in skipped:
            advice = part.ending.advice if part.ending else ""
            yield _stop(f"{label_of(part)} was skipped: {part.ending.message if part.ending else ''}", advice)


def _stop(message: str, advice: str) -> Stop:
    return Stop(Outcome.INCONCLUSIVE, message, advice)


def _listed(ids: Sequence[int]) -> str:
    named = ", ".join(map(str, ids[:MAX_NAMED]))
    more = f" and {len(ids) - MAX_NAMED} more" if len(ids) > MAX_NAMED else ""
    return f"{'target' if len(ids) == 1 else 'targets'} {named}{more}"
