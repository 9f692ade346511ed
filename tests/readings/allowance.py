"""Where "could not be judged" is right: said from what the platform really did, and not from how a gate reasons.

A gate sees texts and numbers. This sees the runs behind them, and asks whether anything that can be seen would tell the
scores of the run from those of another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from probe_gate.domain.evidence import RunOrigin
from tests.readings.platform import Numbers, PlatformRun, ReadingsPlatform
from tests.readings.play import Gate
from tests.readings.readings import CountsForm, Executed, NoScores, Precision, Units, Zone, render_date

HOUR = 3600.0
MOST_OFFSET_SECONDS = 14 * HOUR
"""The largest offset from UTC that any place has."""
AGREE_SECONDS = 2.0
MOST_SETTLING_SECONDS = 120.0
"""How long a gate waits for the scores of an earlier run."""
OVERLAP_SECONDS = 900.0
"""Runs this near each other may have ended in either order, as far as a gate can tell."""
ROOM_SECONDS = 15.0
"""For the pauses between two readings, where a delay is close to a bound."""

MIDNIGHT = re.compile(r"T(00:00:00(Z|$|\+)|0[02]:00:00\+02)")

OVERLAP = "another run was active or arrived"
TOO_LATE = "the scores come later than the gate waits for them"
FEWER = "the platform counts fewer attacks than test cases, and no settled earlier run shows that it always does"
SHARED_COUNTS = "another run has the counts of this one"
PENDING = "the counts do not tell, and an earlier run is pending"
PENDING_SAME_COUNTS = "the pending earlier run has the counts of this one"
SAME_DATE = "the counts do not tell, and the scores are dated as before"
SAME_NUMBERS = "the counts could tell but do not fit, and every number is as before"
LOOKS_FOREIGN = "by chance, the scores fit another run and not this one"
UNKNOWN_COUNT = "a count is missing, and the scores are in other units and cannot confirm it"
NO_READING_BEFORE = "the counts do not tell, there is no reading before, and another run is near or the dates differ"


@dataclass(frozen=True, slots=True)
class _Facts:
    platform: ReadingsPlatform
    own: PlatformRun
    origin: RunOrigin
    began_at: float
    ended_at: float
    settle_seconds: float
    scores_timeout_seconds: float


def why_not_judged(gate: Gate, *, began_at: float = 0.0) -> str | None:
    """Why this gate may say that it cannot judge; None when it has to judge."""
    own = gate.own
    assert own is not None
    plan = gate.plan
    facts = _Facts(
        gate.platform,
        own,
        gate.verdict.evidence.facts.origin,
        began_at,
        gate.ended_at,
        plan.settle_seconds or 5.0,
        getattr(plan, "scores_timeout_seconds", 600.0),
    )
    return _why(facts)


def _why(facts: _Facts) -> str | None:
    platform, own = facts.platform, facts.own
    others = [run for run in platform.runs if run is not own and run.stuck_status is None]
    if any(_overlaps(other, facts) or _looks_later(other, facts) for other in others):
        return OVERLAP
    delay = platform.complete_at(own) - own.ended_at
    if delay + 12 * facts.settle_seconds + ROOM_SECONDS > facts.scores_timeout_seconds:
        return TOO_LATE
    earlier = [run for run in others if run.ended_at <= own.requested_at and run.sums().evaluated]
    final = platform.true_numbers(own)
    fits = _fits(final, own, platform)
    if not fits and _lacks_a_count(own, platform):
        return UNKNOWN_COUNT
    if not fits and any(_fits(final, other, platform) for other in earlier):
        return LOOKS_FOREIGN
    if not earlier:
        return FEWER if platform.readings.units is Units.ODD_FEWER else None
    before = _numbers_before(facts)
    if before is None:
        return _why_without_reading_before(facts, earlier, fits=fits)
    is_settled = _is_settled(facts, earlier, before)
    if fits and not _fits(before, own, platform):
        is_shared = any(_may_share_counts(run, final, own, platform) for run in earlier)
        return PENDING_SAME_COUNTS if is_shared and not is_settled else None
    if not is_settled:
        return PENDING
    has_moved = before != final or _date_moved(facts)
    if own.sums().failed == 0 and _ran_all(own, platform) and final.simulated >= own.sums().evaluated:
        return None if fits or has_moved else SAME_NUMBERS
    if not _date_moved(facts):
        return SAME_DATE
    can_compare = _ran_all(own, platform) and _fits(before, _last(earlier), platform)
    return SAME_NUMBERS if before == final and not fits and can_compare else None


def _lacks_a_count(run: PlatformRun, platform: ReadingsPlatform) -> bool:
    """Whether a count is missing that could also be of test cases that were not executed."""
    sums, form = run.sums(), platform.readings.counts
    return (form is CountsForm.NO_PASSED and sums.passed > 0) or (form is CountsForm.NO_FAILED and sums.failed > 0)


def _last(earlier: list[PlatformRun]) -> PlatformRun:
    return max(earlier, key=lambda run: (run.ended_at, run.id))


def _overlaps(other: PlatformRun, facts: _Facts) -> bool:
    own = facts.own
    return other.requested_at < facts.ended_at and other.ended_at > own.requested_at


def _looks_later(other: PlatformRun, facts: _Facts) -> bool:
    """Whether a run that this gate did not start is dated before the other one."""
    dates = facts.platform.executed_moment(other), facts.platform.executed_moment(facts.own)
    if facts.origin is RunOrigin.TRIGGERED or dates[0] is None or dates[1] is None:
        return False
    return dates[0] > dates[1] and not other.future_seconds


def _why_without_reading_before(facts: _Facts, earlier: list[PlatformRun], *, fits: bool) -> str | None:
    platform, own = facts.platform, facts.own
    if fits:
        final = platform.true_numbers(own)
        readings = platform.readings
        is_undated = readings.executed is Executed.NEVER
        span = 24 * HOUR + own.ended_at - own.requested_at + HOUR
        span += 2 * _unsure_seconds(readings.run_precision, readings.run_zone)
        span += 2 * _unsure_seconds(readings.scores_precision, readings.scores_zone)
        may_be_in = _latest(earlier, own)
        near = [
            run
            for run in earlier
            if run in may_be_in or is_undated or run.future_seconds or own.requested_at - run.ended_at <= span
        ]
        return SHARED_COUNTS if any(_may_share_counts(run, final, own, platform) for run in near) else None
    if platform.readings.units is Units.ODD_FEWER:
        return FEWER
    distances = [own.requested_at - run.ended_at for run in earlier]
    are_far = platform.readings.executed is not Executed.NEVER and min(distances) > 12 * HOUR + ROOM_SECONDS
    if any(run.future_seconds for run in earlier):
        are_far = False
    if facts.origin is RunOrigin.TRIGGERED and not _is_settled(facts, earlier, None):
        return PENDING
    return None if are_far and _dates_agree(own, platform) else NO_READING_BEFORE


def _latest(earlier: list[PlatformRun], own: PlatformRun) -> list[PlatformRun]:
    """The runs of the last hour, and the last one before them."""
    found = []
    for run in sorted(earlier, key=lambda run: (run.requested_at, run.id), reverse=True):
        found.append(run)
        if own.requested_at - run.ended_at > HOUR + OVERLAP_SECONDS and not run.future_seconds:
            break
    return found


def _may_share_counts(other: PlatformRun, final: Numbers, own: PlatformRun, platform: ReadingsPlatform) -> bool:
    """Whether the other run may have the counts of this one, as far as the listing tells."""
    theirs, ours, form = other.sums(), own.sums(), platform.readings.counts
    if form is CountsForm.NO_PASSED and theirs.failed == ours.failed:
        return True
    if form is CountsForm.NO_FAILED:
        judged = theirs.passed + ours.failed
        return bool({judged, judged + theirs.errors} & {ours.evaluated, ours.evaluated + ours.errors})
    return _fits(final, other, platform)


def _fits(numbers: Numbers, run: PlatformRun, platform: ReadingsPlatform) -> bool:
    sums = run.sums()
    return (
        _ran_all(run, platform)
        and numbers.successful == sums.failed
        and numbers.simulated in (sums.evaluated, sums.evaluated + sums.errors)
    )


def _ran_all(run: PlatformRun, platform: ReadingsPlatform) -> bool:
    return len(run.ran) == platform.configured


def _numbers_before(facts: _Facts) -> Numbers | None:
    """What the scores were just before the trigger; None where no gate can have read them."""
    platform, at = facts.platform, facts.own.requested_at
    if facts.origin is not RunOrigin.TRIGGERED or platform.is_silent(at):
        return None
    return platform.numbers(at)


def _date_moved(facts: _Facts) -> bool:
    platform, own, readings = facts.platform, facts.own, facts.platform.readings
    before, after = platform.scores_moment(own.requested_at), platform.moment_of(own)
    if before is None:
        return True
    precision, zone = readings.scores_precision, readings.scores_zone
    return render_date(before, precision, zone) != render_date(after, precision, zone)


def _are_comparable(platform: ReadingsPlatform) -> bool:
    readings = platform.readings
    zones = (readings.run_zone, readings.scores_zone)
    is_local = [zone is Zone.UNWRITTEN_LOCAL for zone in zones]
    precisions = (readings.run_precision, readings.scores_precision)
    return all(is_local) == any(is_local) and all(precision.is_finer_than_a_day for precision in precisions)


def _dates_agree(run: PlatformRun, platform: ReadingsPlatform) -> bool:
    executed_at, scored_at = platform.executed_moment(run), platform.moment_of(run)
    if executed_at is None or not _are_comparable(platform):
        return False
    readings = platform.readings
    texts = (
        render_date(executed_at, readings.run_precision, readings.run_zone),
        render_date(scored_at, readings.scores_precision, readings.scores_zone),
    )
    if any(MIDNIGHT.search(text) for text in texts):
        return False  # it looks like a date by the day
    others = [other for other in map(platform.executed_moment, platform.runs) if other is not None]
    if any(MIDNIGHT.search(render_date(other, readings.run_precision, readings.run_zone)) for other in others):
        return False
    return abs((executed_at - scored_at).total_seconds()) <= AGREE_SECONDS


def _unsure_seconds(precision: Precision, zone: Zone) -> float:
    """How far a date may be from the moment that it seems to say."""
    has_zone = zone.suffix and precision is not Precision.DATE
    return (0.0 if precision.is_finer_than_a_day else 24 * HOUR) + (0.0 if has_zone else MOST_OFFSET_SECONDS)


def _is_dated_as_late_as_scores(run: PlatformRun, platform: ReadingsPlatform) -> bool:
    """Whether the scores that contain a run are known to be dated no earlier than it is."""
    readings, executed_at = platform.readings, platform.executed_moment(run)
    if executed_at is None or readings.updated_by_scores or not _are_comparable(platform):
        return False
    if not (readings.run_zone.suffix and readings.scores_zone.suffix):
        return False
    steps = (readings.run_precision.step, readings.scores_precision.step)
    return platform.moment_of(run) - max(steps) >= executed_at


def _is_dated_long_ago(run: PlatformRun, facts: _Facts) -> bool:
    """Whether its date says that it is over for an hour, in whatever zone and however coarse it is."""
    readings = facts.platform.readings
    if readings.executed is Executed.NEVER or run.future_seconds:
        return False
    unsure = _unsure_seconds(readings.run_precision, readings.run_zone)
    return facts.began_at - run.ended_at > HOUR + 60 + unsure


def _may_have_overlapped(run: PlatformRun, last: PlatformRun, facts: _Facts) -> bool:
    """Whether a run may have ended after the last one, as far as their dates tell."""
    if run.ended_at > last.requested_at:
        return True
    return last.requested_at - run.ended_at < OVERLAP_SECONDS and not _is_dated_long_ago(run, facts)


def _is_settled(facts: _Facts, earlier: list[PlatformRun], before: Numbers | None) -> bool:
    """Whether a gate has to know, when it triggers, that the scores contain the last earlier run."""
    platform, readings, last = facts.platform, facts.platform.readings, _last(earlier)
    others = [run for run in earlier if run is not last]
    if any(_may_have_overlapped(run, last, facts) for run in others):
        return False  # nothing tells which of them is the last one in the scores
    complete_at, trigger_at = platform.complete_at(last), facts.own.requested_at
    complete_at = max(complete_at, last.ended_at + readings.silent_seconds)
    needed = 13 * facts.settle_seconds + ROOM_SECONDS
    if complete_at > trigger_at:
        known_over_at = max(facts.began_at, last.ended_at)
        return complete_at + needed < known_over_at + MOST_SETTLING_SECONDS  # then the gate had to wait for it
    lag = complete_at - last.ended_at
    was_active = last.ended_at + readings.replica_seconds > facts.began_at
    first_sign = platform.date_moves_at(last) - last.ended_at
    is_seen_too_late = readings.live_date or readings.live_numbers or first_sign <= readings.replica_seconds
    if was_active and readings.no_scores is NoScores.STATUS_500 and (len(earlier) == 1 or readings.silent_seconds):
        return False  # an outage looks the same, so nothing is known of the scores while it was active
    if before is not None and _fits(before, last, platform):
        is_like_the_one_before = any(_fits(before, run, platform) for run in others) and before.successful > 0
        first_look_at = max(facts.began_at, last.ended_at)
        if is_like_the_one_before and not _is_dated_long_ago(last, facts):
            if is_seen_too_late and was_active:
                return False
            if max(complete_at, first_look_at) + needed > first_look_at + 100.0:
                return False
            are_old = all(last.requested_at - run.ended_at > 2 * HOUR for run in others)
            return was_active or (are_old and _is_dated_as_late_as_scores(last, platform))
        is_whole_at = complete_at + (needed if readings.steps > 1 else 0.0)
        return not (was_active and is_seen_too_late) and is_whole_at <= first_look_at + 100.0
    if last.requested_at > facts.began_at:
        return False  # it came and ended while the gate was waiting for something else
    if was_active:
        are_old = all(_is_dated_long_ago(run, facts) for run in others)
        return (
            are_old
            and not is_seen_too_late
            and lag + 7 * facts.settle_seconds + 2 * ROOM_SECONDS < MOST_SETTLING_SECONDS
        )
    if _is_dated_long_ago(last, facts):
        return True
    if before is None or not _dates_agree(last, platform) or (readings.updated_by_scores and complete_at > 0):
        return False
    return needed < MOST_SETTLING_SECONDS and trigger_at - complete_at > 13 * facts.settle_seconds
