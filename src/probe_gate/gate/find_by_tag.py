"""Finding the run of a gate by the tag that leads its name, or making sure that there is none."""

from __future__ import annotations

from dataclasses import dataclass

from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunQuery
from probe_gate.errors import PlatformError
from probe_gate.gate.mark import Mark, read_mark
from probe_gate.ports import Clock, Platform
from probe_gate.timings import Timings

MIN_LISTINGS = 3
"""A run that is missing from so many complete listings, over `Timings.absence_seconds`, does not exist."""


@dataclass(frozen=True, slots=True)
class TagSearch:
    """What a search came to."""

    runs: tuple[Run, ...]
    """The runs with the tag, by id."""
    is_absent: bool
    """Whether it is certain that no run has the tag. Where this is False and no run was found, the time was over."""
    listings: int
    """How many listings were read."""
    seconds: float
    unreadable: int
    """Entries of the last listing that could not be read as a run."""


async def find_by_tag(
    platform: Platform,
    clock: Clock,
    target_id: int,
    query: RunQuery,
    tag: Mark,
    deadline: float,
    timings: Timings,
    *,
    max_unreadable: int | None = None,
    answer_seconds: float | None = None,
) -> TagSearch:
    """List the runs of a target until one has the tag, it is certain that none has, or the time is over.

    Args:
        platform: The platform.
        clock: The clock.
        target_id: The target.
        query: What else to keep of the listing.
        tag: The run tag.
        deadline: A reading of the clock.
        timings: How long to look.
        max_unreadable: With more unreadable entries a listing does not count as complete; None: with any number.
        answer_seconds: How long one answer may take, in a search that passes over failed listings and never finds
            that a run is absent; None: until the deadline, and the first failure is raised.

    Raises:
        GateError: The listing cannot be read.
    """
    began = clock.monotonic()
    pauses = timings.search_pauses_seconds if answer_seconds is None else (timings.cancel_pause_seconds,)
    first_complete: float | None = None
    listings = complete = unreadable = 0
    while True:
        try:
            until = deadline if answer_seconds is None else min(deadline, clock.monotonic() + answer_seconds)
            listing = await platform.list_runs(target_id, query, until)
        except PlatformError:
            if answer_seconds is None or clock.monotonic() >= deadline:
                raise
        else:
            listings, unreadable = listings + 1, listing.unreadable
            runs = tuple(run for run in listing.marked if read_mark(run.name) == tag)
            now = clock.monotonic()
            if runs:
                return TagSearch(runs, False, listings, now - began, unreadable)
            if answer_seconds is None and listing.whole and (max_unreadable is None or unreadable <= max_unreadable):
                first_complete = now if first_complete is None else first_complete
                complete += 1
                if complete >= MIN_LISTINGS and now - first_complete >= timings.absence_seconds:
                    return TagSearch((), True, listings, now - began, unreadable)
        pause = pauses[min(max(complete - 1, 0), len(pauses) - 1)]
        if clock.monotonic() + pause >= deadline:
            return TagSearch((), False, listings, clock.monotonic() - began, unreadable)
        await clock.sleep(pause)
