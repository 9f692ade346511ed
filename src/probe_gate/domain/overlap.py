"""Which other runs on the target may have a part in its scores."""

from __future__ import annotations

from probe_gate.domain.evidence import Missing, Overlap
from probe_gate.domain.freshness import ROUNDING
from probe_gate.domain.listing import Listing
from probe_gate.domain.run import Counts, Phase, Run


def going_runs(listing: Listing, earlier: Listing | None = None) -> tuple[Run, ...]:
    """The runs that are going: in a known active word, or in an unknown one while their counts move.

    `earlier` is a reading from some seconds before; without one no counts can be seen to move.
    """
    before = {run.id: run for run in earlier.unfinished} if earlier else {}
    return tuple(
        run
        for run in listing.unfinished
        if run.phase is Phase.ACTIVE or (run.id in before and has_moved(before[run.id], run))
    )


def has_moved(earlier: Run, later: Run) -> bool:
    """Whether anything happened in a run between two readings: by its counts, or its progress where it has none."""
    if later.counts == Counts():
        return (earlier.status, earlier.progress) != (later.status, later.progress)
    return (earlier.status, earlier.counts) != (later.status, later.counts)


def find_overlaps(run: Run, before: Listing, after: Listing, *, triggered: bool) -> tuple[Overlap, ...] | Missing:
    """The runs that overlapped `run` or came later, by comparing two whole readings of the listing.

    `before` was read before the trigger, or, where this gate did not trigger the run (`triggered` is False), when
    it first saw it; then the runs that are not dated clearly before it count as later ones too. A run that was not
    listed before counts whatever it is. A run in an unknown word that did not move is stuck, and does not count.
    """
    if not (before.whole and after.whole):
        return Missing("The listing of test runs was not read whole, so other runs cannot be excluded.")
    if after.unreadable > before.unreadable:
        return Missing("The listing has a new entry that cannot be read, so another run cannot be excluded.")
    reasons: list[tuple[Run, str]] = [
        (other, "it appeared after this run was started") for other in after.arrived if other.id not in before.ids
    ]
    reasons += _went_on(before, after)
    if not triggered:
        reasons += [
            (other, "it is not dated before this run")
            for other in (*after.newest, *after.undated)
            if not is_clearly_before(other, run)
        ]
    found: dict[int, Overlap] = {}
    for other, why in reasons:
        if other.id != run.id:
            found.setdefault(other.id, Overlap(other.id, other.status, other.started_at, why))
    return tuple(found[run_id] for run_id in sorted(found))


def _went_on(before: Listing, after: Listing) -> list[tuple[Run, str]]:
    still_unfinished = {run.id: run for run in after.unfinished}
    reasons = []
    for earlier in before.unfinished:
        later = still_unfinished.get(earlier.id)
        if earlier.phase is Phase.ACTIVE:
            reasons.append((earlier, "it was going when this run was started"))
        elif later is None or has_moved(earlier, later):
            reasons.append((earlier, "it went on while this run was going"))
    return reasons


def is_clearly_before(other: Run, run: Run) -> bool:
    """Whether the other run came first, by date where both have one, else by id."""
    if other.started_at is None or run.started_at is None:
        return other.id < run.id
    return other.started_at < run.started_at - ROUNDING
