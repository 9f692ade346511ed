"""What to keep of the list of a target's test runs, and what one response held.

The platform always sends all runs of a target, which may be a million. How many of them are kept is bounded.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from probe_gate.domain.run import Run


class IdSet:
    """A compact set of run ids: 8 bytes each, for lists of a million runs."""

    __slots__ = ("_ids", "_sorted")

    def __init__(self, ids: Iterable[int] = ()) -> None:
        """Start with these ids, in any order."""
        self._ids = array("q", ids)
        self._sorted = False

    def add(self, run_id: int) -> None:
        """Add an id."""
        self._ids.append(run_id)
        self._sorted = False

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, run_id: int) -> bool:
        if not self._sorted:
            self._ids = array("q", sorted(self._ids))
            self._sorted = True
        position = bisect_left(self._ids, run_id)
        return position < len(self._ids) and self._ids[position] == run_id


@dataclass(frozen=True, slots=True)
class RunQuery:
    """What to keep of a run list."""

    run_id: int | None = None
    """Keep this run as `RunList.run`."""
    name_prefix: str | None = None
    """Keep the runs whose name begins so as `RunList.tagged` (at most 100, the highest ids)."""
    known_ids: IdSet | None = None
    """Keep the runs that are not among these as `RunList.new` (at most 100, the highest ids)."""
    may_stop_early: bool = False
    """Whether reading may stop once `run_id` has been found; the list is then not complete."""
    newest: int = 30
    """How many of the latest runs to keep, by their dates; and of the runs without a date."""
    completed_statuses: frozenset[str] = frozenset()
    """Further run statuses that mean completed, in upper case."""


@dataclass(frozen=True, slots=True)
class RunList:
    """What one response held of the list of a target's test runs. Only a complete one proves that a run is absent."""

    complete: bool
    """Whether all of it was read."""
    run: Run | None = None
    """The run asked for by id."""
    tagged: tuple[Run, ...] = ()
    """Runs whose name begins with the prefix that was asked for, by id."""
    new: tuple[Run, ...] = ()
    """Runs that are not among the known ids, by id."""
    unfinished: tuple[Run, ...] = ()
    """Runs whose status is not terminal, by id (at most 1,000, the highest ids)."""
    newest: tuple[Run, ...] = ()
    """The latest runs by date, newest first."""
    undated: tuple[Run, ...] = ()
    """Runs without a usable date, highest id first, at most as many as the newest."""
    ids: IdSet = field(default_factory=IdSet)
    """The id of every run that was read."""
    unreadable: int = 0
    """Entries that are no valid run, as far as they were checked: all that were looked for or kept."""
    count: int = 0
    """Entries read, the unreadable ones included."""
    digest: str = ""
    """SHA-256, in hex, of the bytes that were read."""
    notes: tuple[str, ...] = ()
    """What was unusual about the response, for people."""
    throttle_count: int = 0
    """How often the platform asked for fewer requests before it sent this response."""
