"""What proves that a reading of the scores contains the run that is judged.

Scores belong to the target, not to a run, and may lag behind the end of a run. What the platform's dates mean, how
precise they are and what its counts cover is not documented. So no single sign is trusted: each proof below holds on
every platform that the API description allows, and says how long the reading must have stayed the same.

"Counts fit" means that the scores rest on exactly this run's test cases, which only a run of all configured probes can
show. "Moved" means different from the reading before the run: an earlier run may carry a date in the future.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from probe_gate.domain.dates import (
    DAY,
    dates_agree,
    format_timestamp,
    has_zone,
    is_at_least_before,
    is_in_future,
    precision_of,
)
from probe_gate.domain.evidence import Evidence, Overlap, RunOrigin, Unavailable
from probe_gate.domain.formatting import few, format_duration
from probe_gate.domain.policy import Policy
from probe_gate.domain.run import Run, complete_counts, counts_fit, is_of_gate
from probe_gate.domain.scores import Scores, find_contradiction

DEFAULT_UNIT_SECONDS = 5.0
"""The unit that the multiples below count in when `--settle` is 0."""
STABLE_UNITS_WITHOUT_COUNTS = 6
"""How many units the scores must stay unchanged where counts cannot confirm them."""
STABLE_UNITS_WITHOUT_CHANGE = 12
"""The same where the numbers did not change, or there is nothing to compare them with."""
SAME_COUNTS_SPAN = timedelta(hours=24)
"""Another run with the same counts that is dated this near the scores may be the one that they contain."""
RECENT_SPAN = timedelta(hours=1)
"""A run that was requested longer ago than this, and is over, has its results in the scores."""
OVERLAP_SPAN = timedelta(minutes=10)
"""Two runs that are dated this near each other may have ended in either order."""
UNSEEN_UNITS = 3
"""After so many units a gate sees the run that another gate started, and waits for its end."""
OTHER_RUNS_SPAN = timedelta(hours=12)
"""How far apart all other runs must be where nothing but dates can tell them apart."""
CLOCKS_APART = timedelta(minutes=10)
"""How far ahead of our clock a platform's date may be before an age cannot be told."""

RUN_AGAIN = "Run the gate again."
RUN_ALONE = (
    "Run the gate again with no other test run on the target at the same time; "
    "your CI system's lock keeps gates from overlapping (see docs/checks.md)."
)


class Proof(Enum):
    """Why the scores are known to contain the run. The value completes "The scores include this run: ..."."""

    NOTHING_FAILED = "no attack of this run succeeded, and none is counted in the scores"
    ONLY_RUN = "no other run of the target has a result"
    COUNTS = "they are based on exactly this run's test cases"
    DATE_AND_NUMBERS = "their date and their numbers changed after this run was started"
    DATE = "their date changed after this run was started"
    NUMBERS = "their numbers changed after this run was started, and their date is by the day"
    DATES_AGREE = "their date is this run's, and every other run is at least 12 hours older"
    TRUSTED = "nothing proves it, but nothing contradicts it, and --unproven-scores is set to trust"


class Assessment(NamedTuple):
    """What a reading of the scores says of the run that is judged."""

    proof: Proof | None = None
    needed_seconds: float = 0.0
    """For how long the reading must have stayed the same for the proof to hold."""
    contradiction: str = ""
    """Why the scores cannot contain this run, or not it alone; no proof counts beside it."""
    can_change: bool = True
    """Whether a later reading may lift the contradiction."""


class UnprovenReason(NamedTuple):
    """Why no limit can be judged on the scores, and what to do about it."""

    reason: str
    hint: str


def assess(evidence: Evidence) -> Assessment:
    """Return what proves that the scores contain the run, or what contradicts it. Of several proofs, the quickest."""
    run, scores = evidence.run, evidence.scores
    if isinstance(run, Unavailable) or isinstance(scores, Unavailable):
        return Assessment()
    if isinstance(evidence.overlaps, Unavailable):
        return Assessment(contradiction=evidence.overlaps.reason, can_change=False)
    if evidence.overlaps:
        overlapping = describe_overlaps(evidence.overlaps)
        return Assessment(
            contradiction=f"These scores also include results of another run: {overlapping}.", can_change=False
        )
    contradiction = find_flaw(scores) or find_contradiction(scores) or _find_contradiction(evidence, run, scores)
    if contradiction:
        return Assessment(contradiction=contradiction)
    return _find_proof(evidence, run, scores)


def _find_contradiction(evidence: Evidence, run: Run, scores: Scores) -> str:
    before, fits = evidence.scores_before, _fits(evidence, run, scores)
    if before == scores and not fits:
        return "The platform's scores do not include this run: date and numbers are the same as before it"
    counts = complete_counts(run.counts, scores)
    judged, failed = counts.evaluated or 0, counts.failed or 0
    has_fewer = (scores.simulated_attacks or 0) < judged or (scores.successful_attacks or 0) < failed
    if has_fewer and not _counts_in_other_units(evidence):
        return (
            f"The platform's scores do not include all of this run: they are based on {scores.simulated_attacks} attacks, "
            f"{scores.successful_attacks} of them successful, and the run has {judged} test cases with a result, "
            f"{failed} of them failed"
        )
    if evidence.facts.probe_ids is None and not fits:
        same = next((other for other in evidence.others if counts_fit(scores, complete_counts(other.counts))), None)
        if same is not None:
            return f"The platform's scores are those of test run {same.id}, not of this run"
    return ""


def _counts_in_other_units(evidence: Evidence) -> bool:
    """Return whether the scores are known to count something else than test cases: they did not fit the run before."""
    earlier, before = evidence.facts.earlier, evidence.scores_before
    if earlier is None or not earlier.is_settled or isinstance(before, Unavailable):
        return False
    return not counts_fit(before, complete_counts(earlier.run.counts, before))


def _find_proof(evidence: Evidence, run: Run, scores: Scores) -> Assessment:
    facts, before = evidence.facts, evidence.scores_before
    unit = evidence.settle_seconds or DEFAULT_UNIT_SECONDS
    long, longest = STABLE_UNITS_WITHOUT_COUNTS * unit, STABLE_UNITS_WITHOUT_CHANGE * unit
    fits = _fits(evidence, run, scores)
    earlier = facts.earlier
    is_pending = earlier is not None and not earlier.is_settled
    may_lag = is_pending or may_lag_behind_counts(scores, before, has_earlier=earlier is not None)
    settle = long if may_lag else evidence.settle_seconds
    may_be_others = _find_possibly_concurrent(evidence, scores, fits=fits)
    date_moved = isinstance(before, Scores) and before.latest_execution != scores.latest_execution
    numbers_moved = isinstance(before, Scores) and before.numbers != scores.numbers

    if fits and not may_be_others and _counts_identify_run(evidence, scores, run, is_pending=is_pending):
        return Assessment(Proof.COUNTS, settle)
    unproven = Assessment(Proof.TRUSTED, longest) if evidence.trusts_unproven else Assessment()
    if is_pending:
        return unproven
    if _has_no_failure(evidence, run, scores) and (fits or date_moved or numbers_moved):
        return Assessment(Proof.NOTHING_FAILED, settle if fits else long)
    if may_be_others:
        return unproven
    if earlier is None and facts.are_others_known:
        return Assessment(Proof.ONLY_RUN, settle if fits else long)
    if date_moved and numbers_moved:
        return Assessment(Proof.DATE_AND_NUMBERS, long)
    if date_moved and (fits or facts.probe_ids is not None or _counts_in_other_units(evidence)):
        return Assessment(Proof.DATE, longest)
    if numbers_moved and _is_by_the_day(scores):
        return Assessment(Proof.NUMBERS, longest)
    if isinstance(before, Unavailable) and not fits and _dates_identify_run(evidence, run, scores):
        return Assessment(Proof.DATES_AGREE, longest)
    return unproven


def may_lag_behind_counts(scores: Scores, before: Scores | Unavailable, *, has_earlier: bool) -> bool:
    """Return whether the overall score or the categories may be older than the attack counts beside them.

    A platform may count attacks at once and compute the scores later. Until then they are those from before.

    Args:
        scores: The reading.
        before: The reading from before the run.
        has_earlier: Whether another run has results, which the scores may be of if there is no reading before.
    """
    if scores.overall == 100 and not scores.successful_attacks:
        return False  # no later score of a run without a failure can be better
    is_rated = any(score is not None for score in (scores.categories or {}).values())
    if isinstance(before, Unavailable):
        return has_earlier or not is_rated
    return before.overall == scores.overall or (is_rated and before.categories == scores.categories)


def _find_possibly_concurrent(evidence: Evidence, scores: Scores, *, fits: bool) -> tuple[Run, ...]:
    """Return the runs that may have ended after the last earlier one, so that the scores may be theirs, arriving late.

    A run that was requested shortly before another one may well end after it. Where counts can tell, only runs with the
    same counts matter.
    """
    facts = evidence.facts
    last = facts.earlier.run.started_at if facts.earlier is not None else None
    if facts.triggered_at is None or facts.earlier is None or last is None or precision_of(last) >= DAY:
        return ()
    unseen = timedelta(seconds=UNSEEN_UNITS * (evidence.settle_seconds or DEFAULT_UNIT_SECONDS))
    return tuple(
        other
        for other in evidence.others
        if other.id != facts.earlier.run.id
        and other.id not in facts.own_earlier
        and other.may_be_scored
        and other.started_at is not None
        and precision_of(other.started_at) < DAY
        and not is_at_least_before(other.started_at, last, OVERLAP_SPAN, same_field=True)
        and not is_at_least_before(other.started_at, facts.triggered_at, RECENT_SPAN)
        and not is_in_future(other.started_at, facts.triggered_at)
        and (not fits or _may_fit(scores, other))
        and not _ran_one_after_another(other, facts.earlier.run, unseen)
    )


def _ran_one_after_another(one: Run, other: Run, unseen: timedelta) -> bool:
    """Return whether two runs were not active at once: gates wait for each other, once they see each other's runs."""
    if one.started_at is None or other.started_at is None or not (is_of_gate(one) and is_of_gate(other)):
        return False
    first, second = sorted((one.started_at, other.started_at))
    return is_at_least_before(first, second, unseen, same_field=True)


def _is_by_the_day(scores: Scores) -> bool:
    return scores.latest_execution is not None and precision_of(scores.latest_execution) == DAY


def _fits(evidence: Evidence, run: Run, scores: Scores) -> bool:
    """Return whether the scores' counts are this run's, which means something only where all probes ran."""
    return _ran_all_probes(evidence, run) and counts_fit(scores, complete_counts(run.counts, scores))


def _ran_all_probes(evidence: Evidence, run: Run) -> bool:
    """Return whether all configured probes ran, as far as it is known; of a given run, no other may list more."""
    if evidence.facts.probe_ids is not None:
        return False
    listed = len(run.probes or ())
    if evidence.facts.origin is not RunOrigin.EXISTING or not listed:
        return True
    return all(len(other.probes or ()) <= listed for other in evidence.others)


def _has_no_failure(evidence: Evidence, run: Run, scores: Scores) -> bool:
    counts = complete_counts(run.counts, scores)
    return (
        evidence.facts.probe_ids is None
        and counts.failed == 0
        and scores.successful_attacks == 0
        and (scores.simulated_attacks or 0) >= (counts.evaluated or 0)
    )


def _counts_identify_run(evidence: Evidence, scores: Scores, run: Run, *, is_pending: bool) -> bool:
    """Return whether scores that fit this run could fit no other one."""
    before = evidence.scores_before
    if is_pending and any(_may_fit(scores, other) for other in _find_pending(evidence, run)):
        return False
    if isinstance(before, Scores):
        return not _fits(evidence, run, before)
    if not evidence.facts.are_others_known:
        return False
    others = [other for other in evidence.others if other.may_be_scored]
    last = _find_last_results(others, run)
    return not any(
        _may_fit(scores, other) and (other in last or _may_be_within(other, evidence, scores, SAME_COUNTS_SPAN))
        for other in others
    )


def _find_pending(evidence: Evidence, run: Run) -> list[Run]:
    """Return the earlier runs that may not have reached the scores when the run was started."""
    before, earlier = evidence.scores_before, evidence.facts.earlier
    others = [other for other in evidence.others if other.may_be_scored and (earlier is None or other != earlier.run)]
    found = [earlier.run] if earlier is not None else []
    for other in _find_last_results(others, run):
        if isinstance(before, Scores) and counts_fit(before, complete_counts(other.counts, before)):
            break
        found.append(other)
    return found


def _find_last_results(others: Iterable[Run], run: Run) -> list[Run]:
    """Return the runs that the scores may still have rested on when the run was started.

    Those are the ones that may not have reached the scores by then, and the last one before them.
    """
    found: list[Run] = []
    for other in sorted(others, key=lambda other: other.id, reverse=True):
        found.append(other)
        dates = other.started_at, run.started_at
        if dates[0] and dates[1] and is_at_least_before(dates[0], dates[1], RECENT_SPAN, same_field=True):
            break
    return found


def _may_fit(scores: Scores, other: Run) -> bool:
    """Return whether the scores may rest on the test cases of the other run; a count that is unknown could be any."""
    counts = complete_counts(other.counts, scores)
    if not other.may_be_scored or (counts.failed is not None and counts.failed != scores.successful_attacks):
        return False
    if counts.passed is None:
        return counts.total is None or counts.total >= (scores.simulated_attacks or 0)
    counts = complete_counts(replace(counts, failed=scores.successful_attacks))
    return not counts.evaluated or counts_fit(scores, counts)


def _may_be_within(other: Run, evidence: Evidence, scores: Scores, span: timedelta) -> bool:
    if (
        other.started_at is None
        or scores.latest_execution is None
        or is_in_future(other.started_at, evidence.judged_at)
    ):
        return True
    first, second = sorted((other.started_at, scores.latest_execution))
    return not is_at_least_before(first, second, span)


def _dates_identify_run(evidence: Evidence, run: Run, scores: Scores) -> bool:
    """Return whether the scores' date can be this run's only, since every other run is far away."""
    if run.started_at is None or scores.latest_execution is None or not evidence.facts.are_others_known:
        return False
    others = [other for other in evidence.others if other.may_be_scored]
    if not all(other.started_at is not None and _is_long_before(other.started_at, run.started_at) for other in others):
        return False
    if dates_agree(run.started_at, scores.latest_execution):
        return True
    # The two may be dates of different events of the run, such as its request and its end.
    if not (has_zone(run.started_at) and has_zone(scores.latest_execution)):
        return False
    first, second = sorted((run.started_at, scores.latest_execution))
    return second - first < OTHER_RUNS_SPAN / 2 and all(
        other.started_at is not None and is_at_least_before(other.started_at, first, OTHER_RUNS_SPAN)
        for other in others
    )


def _is_long_before(other: datetime, date: datetime) -> bool:
    return is_at_least_before(other, date, OTHER_RUNS_SPAN, same_field=True)


def why_not_fresh(evidence: Evidence, policy: Policy) -> UnprovenReason | None:
    """Return what makes the scores unusable; None when they contain the run, or, without a run, are young enough."""
    scores = evidence.scores
    if isinstance(scores, Unavailable):
        return UnprovenReason(scores.reason, RUN_AGAIN)
    if evidence.facts.origin is not RunOrigin.NONE:
        return _why_unproven(evidence, scores)
    flaw = find_flaw(scores)
    if flaw:
        return UnprovenReason(flaw, "Check on the platform that probes are configured for the target and have run.")
    return _why_too_old(scores, policy, evidence.judged_at)


def find_flaw(scores: Scores) -> str:
    """Return what makes a reading useless by itself, or an empty text."""
    simulated, successful = scores.simulated_attacks, scores.successful_attacks
    if simulated is None or successful is None:
        return "The platform does not report how many attacks the scores are based on."
    if simulated <= 0:
        return "The scores are based on no attacks at all: the platform has no scores for this target yet."
    if not 0 <= successful <= simulated:
        return f"The scores are contradictory: {successful} of {simulated} attacks are reported as successful."
    if scores.latest_execution is None:
        return "The scores carry no date."
    return ""


def _why_too_old(scores: Scores, policy: Policy, judged_at: datetime) -> UnprovenReason | None:
    if policy.max_age is None or scores.latest_execution is None:
        return None
    age, dated = judged_at - scores.latest_execution, format_timestamp(scores.latest_execution)
    if age > policy.max_age.value:
        return UnprovenReason(
            f"The scores are from {dated}, which is older than allowed.", "Run the probes: probe-gate run."
        )
    if age < -CLOCKS_APART:
        return UnprovenReason(
            f"The scores are dated {dated}, which is in the future: their age cannot be determined.",
            "Compare the clock of this machine with the platform's dates.",
        )
    return None


def _why_unproven(evidence: Evidence, scores: Scores) -> UnprovenReason | None:
    run = evidence.run
    if isinstance(run, Unavailable):
        return UnprovenReason(run.reason, RUN_AGAIN)
    found = assess(evidence)
    later = (
        f"If no other run has started on this target since, repeat the command with --test-run-id {run.id}; otherwise run "
        "the gate again."
    )
    if found.contradiction and not found.can_change:
        return UnprovenReason(
            found.contradiction,
            RUN_AGAIN if isinstance(evidence.overlaps, Unavailable) or not evidence.overlaps else RUN_ALONE,
        )
    if complete_counts(run.counts, scores).evaluated == 0:
        return UnprovenReason(
            "No test case of this run has a result, so the scores are those of earlier runs.",
            "Check that the target answered during the run, then run the gate again.",
        )
    if found.contradiction:
        return UnprovenReason(f"{found.contradiction.rstrip('.')}{_describe_dates(evidence, scores)}.", later)
    if found.proof is None:
        return UnprovenReason(
            f"Nothing proves that the scores include this run{_describe_dates(evidence, scores)}.",
            f"{later} Where a platform's scores can never be matched to a run, use --unproven-scores trust "
            "(see docs/checks.md).",
        )
    if evidence.stable_seconds < found.needed_seconds:
        needed = format_duration(found.needed_seconds)
        stable = f"they had been the same for {format_duration(evidence.stable_seconds)} of the {needed} needed"
        return UnprovenReason(f"There was no time to see whether the scores still change: {stable}.", later)
    return None


def _describe_dates(evidence: Evidence, scores: Scores) -> str:
    if scores.latest_execution is None:
        return ""
    started = evidence.run.started_at if isinstance(evidence.run, Run) else None
    run = "the run has no date" if started is None else f"the run is dated {format_timestamp(started)}"
    before = evidence.scores_before
    compared = (
        "there is no reading from before the run to compare with"
        if isinstance(before, Unavailable) or before.latest_execution is None
        else f"before the run they were dated {format_timestamp(before.latest_execution)}"
    )
    return f" (they are dated {format_timestamp(scores.latest_execution)}, {run}, and {compared})"


def describe_overlaps(overlaps: tuple[Overlap, ...]) -> str:
    """Return the overlapping runs in words, at most three of them by number."""
    return few([f"run {overlap.run_id} ({overlap.why})" for overlap in overlaps], 3)
