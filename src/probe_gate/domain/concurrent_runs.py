"""Other runs of the target: which are active, which the scores may include, which was the last before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from probe_gate.domain.dates import is_at_least_before, is_clearly_later, is_in_future
from probe_gate.domain.evidence import Overlap, Unavailable
from probe_gate.domain.run import Run, RunState, made_progress
from probe_gate.domain.run_list import RunList

STALE_SPAN = timedelta(days=1)
"""A run in an active status that is older than this and does not move is left over, and does not keep a target busy."""


def known_runs(listing: RunList) -> tuple[Run, ...]:
    """Return the runs that were kept of the listing, by id."""
    every = (*listing.newest, *listing.undated, *listing.unfinished, *listing.tagged, *listing.new)
    return tuple(run for _, run in sorted({run.id: run for run in every}.items()))


def is_dated_before(run: Run, now: datetime, span: timedelta, runs: Iterable[Run]) -> bool:
    """Return whether the run is older than the span; one without a date is when a run with a higher id is."""
    if run.started_at is not None:
        return is_at_least_before(run.started_at, now, span)
    return any(
        other.id > run.id and other.started_at is not None and is_at_least_before(other.started_at, now, span)
        for other in runs
    )


def active_runs(listing: RunList, now: datetime, earlier: RunList | None = None) -> tuple[Run, ...]:
    """Return the runs that keep the target busy.

    Those are the runs in an active status that are younger than a day, and any unfinished run that has moved since
    `earlier`, a listing of some seconds before. Without one, no run can be seen to move.
    """
    before = {run.id: run for run in earlier.unfinished} if earlier else {}
    known = known_runs(listing)
    return tuple(
        run
        for run in listing.unfinished
        if (run.state is RunState.ACTIVE and not is_dated_before(run, now, STALE_SPAN, known))
        or (run.id in before and made_progress(before[run.id], run))
    )


def find_earlier_runs(listing: RunList, now: datetime) -> tuple[Run, ...]:
    """Return the runs whose results may not be in the scores yet, the last one first; empty when no run has results.

    That is the one with the highest id, and any that is dated later than it: runs may end in another order than they
    were requested in. Runs that are left over in an active status count only where there is no other.
    """
    finished = [run for run in known_runs(listing) if run.may_be_scored and run.state is not RunState.ACTIVE]
    if not finished:
        return tuple(run for run in known_runs(listing) if run.may_be_scored)[-1:]
    last = finished[-1]
    later = [run for run in finished[:-1] if _is_dated_between(run, last, now)]
    return (last, *reversed(later))


def _is_dated_between(run: Run, last: Run, now: datetime) -> bool:
    """Return whether the run is dated after `last`, but not in the future, where no date of a real run can be."""
    if run.started_at is None or last.started_at is None or not is_clearly_later(run.started_at, last.started_at):
        return False
    return not is_in_future(run.started_at, now)


def are_all_known(listing: RunList, kept: int, since: datetime | None) -> bool:
    """Return whether the listing's newest runs hold every run that is not older than `since`; None: every run at all.

    Args:
        listing: A complete listing.
        kept: How many of the newest runs were asked for.
        since: A date of the platform.
    """
    if listing.unreadable or not listing.complete:
        return False
    if len(listing.newest) + len(listing.undated) >= listing.count:
        return True
    if since is None or len(listing.undated) >= kept or not listing.newest:
        return False
    oldest = listing.newest[-1].started_at
    return oldest is not None and is_at_least_before(oldest, since, timedelta())


def find_overlaps(
    run: Run, before: RunList, after: RunList, now: datetime, *, triggered: bool
) -> tuple[Overlap, ...] | Unavailable:
    """Return the runs that overlapped `run` or came later, by comparing two complete listings.

    Args:
        run: The run that is judged.
        before: Read before the trigger, or, where this gate did not trigger the run, when it first saw it.
        after: Read after the end of the run.
        now: When `before` was read, by our clock.
        triggered: Whether this gate triggered the run. Otherwise runs that are dated later count too.
    """
    if not (before.complete and after.complete):
        return Unavailable("The listing of test runs was not read completely, so other runs cannot be ruled out.")
    if after.unreadable > before.unreadable:
        return Unavailable("The listing has a new entry that cannot be read, so another run cannot be ruled out.")
    reasons: list[tuple[Run, str]] = [
        (other, "it appeared after this run was started") for other in after.new if other.id not in before.ids
    ]
    reasons += _went_on(before, after, now)
    if not triggered:
        reasons += [
            (other, "it was started after this run")
            for other in (*after.newest, *after.undated)
            if other.may_have_results and is_later(other, run, now)
        ]
    found: dict[int, Overlap] = {}
    for other, why in reasons:
        if other.id != run.id:
            found.setdefault(other.id, Overlap(other.id, other.status, other.started_at, why))
    return tuple(found[run_id] for run_id in sorted(found))


def _went_on(before: RunList, after: RunList, now: datetime) -> list[tuple[Run, str]]:
    busy = {run.id for run in active_runs(before, now)}
    still_unfinished = {run.id: run for run in after.unfinished}
    reasons = []
    for earlier in before.unfinished:
        later = still_unfinished.get(earlier.id)
        if earlier.id in busy:
            reasons.append((earlier, "it was active when this run was started"))
        elif later is None or made_progress(earlier, later):
            reasons.append((earlier, "it continued while this run was active"))
    return reasons


def is_later(other: Run, run: Run, now: datetime) -> bool:
    """Return whether the other run came later: by date where the dates are usable and differ clearly, else by id."""
    if other.started_at is None or run.started_at is None or is_in_future(other.started_at, now):
        return other.id > run.id
    if is_clearly_later(other.started_at, run.started_at):
        return True
    return other.id > run.id and not is_clearly_later(run.started_at, other.started_at)
