"""What one reading of the listing of a target's test runs tells, taken from it as it arrives.

All of a long listing goes through here at every poll: what is done for each entry is kept small, and only the run
that is asked for by its id, which is the one to be judged, is read with all strictness.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable
from itertools import islice, pairwise
from operator import eq

from probe_gate.domain.listing import IdSet, Listing, RunQuery
from probe_gate.domain.plain_text import plain_line
from probe_gate.domain.run import Run, phase_of
from probe_gate.probe_api.entries import BATCH_BYTES, Batch, EntryReader, Unreadable
from probe_gate.probe_api.json_text import JsonError, parse_json
from probe_gate.probe_api.kept_runs import Highest, Newest
from probe_gate.probe_api.run_wire import Entry, RunBuilder, read_run
from probe_gate.probe_api.wire import LONGEST_TEXT, NonsenseError, Scrub

MOST_MARKED = 100
MOST_ARRIVED = 100
MOST_UNFINISHED = 1000
_MOST_WORDS = 50
_MOST_NAMED = 5
_WANTED = "the entry of the run that is looked for"


class ListingReader:
    """Takes in one answer of the listing, piece by piece, for one query."""

    def __init__(self, query: RunQuery, scrub: Scrub, batch_bytes: int = BATCH_BYTES) -> None:
        self._query = query
        self._scrub = scrub
        self._entries = EntryReader(batch_bytes)
        self._builder = RunBuilder(scrub, query.completed_statuses)
        self._sha256 = hashlib.sha256()
        self._ids = array("q")
        self._count = self._unreadable = 0
        self._unreadable_because = ""
        self._run: Run | None = None
        self._marked = Highest(MOST_MARKED)
        self._arrived = Highest(MOST_ARRIVED)
        self._unfinished = Highest(MOST_UNFINISHED)
        self._undated = Highest(query.newest)
        self._newest = Newest(query.newest)
        self._over: set[str | None] = set()
        """Status words, as they came, that are known to be terminal."""

    def feed(self, chunk: bytes) -> bool:
        """Takes the next piece in. False when the query has what it wants and no more need be read.

        Raises `JsonError` and, when a run that was asked for makes no sense, `NonsenseError`.
        """
        self._sha256.update(chunk)
        self._take_all(self._entries.feed(chunk))
        return self._run is None or not self._query.may_stop_early

    def finish(self) -> Listing:
        """The listing, after its last piece. Raises as `feed` does."""
        self._take_all(self._entries.finish())
        return self._to_listing(whole=True)

    def stop(self) -> Listing:
        """The listing as far as it was read."""
        return self._to_listing(whole=False)

    def _take_all(self, found: Iterable[Batch | Unreadable]) -> None:
        for item in found:
            if isinstance(item, Batch):
                self._take(item)
            else:
                self._take_unreadable(item)

    def _take(self, batch: Batch) -> None:
        entries, query = batch.entries, self._query
        ids = [entry.id for entry in entries]
        self._ids.extend(ids)
        self._count += len(ids)
        if query.run_id in ids:
            self._take_wanted(batch)
        if prefix := query.name_prefix:
            self._keep(self._marked, [entry for entry in entries if entry.name and entry.name.startswith(prefix)])
        if query.known_ids is not None and (absent := query.known_ids.absent(ids)):
            self._keep(self._arrived, [entry for entry in entries if entry.id in absent])
        over = self._over
        for entry in [entry for entry in entries if entry.status not in over]:
            if not self._is_over(entry.status):
                self._keep(self._unfinished, [entry])
        self._keep(self._undated, self._newest.add(entries))

    def _keep(self, kept: Highest, entries: list[Entry]) -> None:
        for entry in entries:
            if kept.wants(entry.id):
                kept.add(self._builder.build(entry))

    def _is_over(self, status: str | None) -> bool:
        is_over = phase_of(plain_line(status or "", LONGEST_TEXT), self._query.completed_statuses).is_terminal
        if is_over and len(self._over) < _MOST_WORDS:
            self._over.add(status)
        return is_over

    def _take_wanted(self, batch: Batch) -> None:
        for entry, raw in zip(batch.entries, batch.raw_entries(), strict=True):
            if entry.id == self._query.run_id:
                run = self._read_strictly(raw)
                if isinstance(run, str):
                    raise NonsenseError(f"{_WANTED}: {run}")
                if self._run is not None and self._run != run:
                    raise NonsenseError(f"{_WANTED}: it stands there twice, and differs")
                self._run = run

    def _read_strictly(self, raw: bytes) -> Run | str:
        """The run, or why it is none."""
        try:
            return read_run(parse_json(raw), self._scrub, self._query.completed_statuses)
        except (NonsenseError, JsonError) as error:
            return str(error)

    def _problem_of(self, raw: bytes) -> str:
        run = self._read_strictly(raw)
        return run if isinstance(run, str) else "it cannot be read"

    def _take_unreadable(self, found: Unreadable) -> None:
        """Nonsense in some old run is counted; in a run that is looked for, it is an error."""
        self._count += 1
        self._unreadable += 1
        query = self._query
        is_wanted = query.run_id is not None and re.search(rb'"id"\s*:\s*"?0*%d(?!\d)' % query.run_id, found.raw)
        is_marked = query.name_prefix and query.name_prefix.encode("utf-8", "replace") in found.raw
        if is_wanted or is_marked:
            raise NonsenseError(f"{_WANTED}: {self._problem_of(found.raw)}")
        self._unreadable_because = self._unreadable_because or self._problem_of(found.raw)
        if found.run_id is not None and 0 < found.run_id < 2**63:
            self._ids.append(found.run_id)

    def _to_listing(self, *, whole: bool) -> Listing:
        newest = {entry.id: self._builder.build(entry) for entry in self._newest.entries()}
        return Listing(
            whole=whole,
            run=self._run,
            marked=self._marked.by_id(),
            arrived=self._arrived.by_id(),
            unfinished=self._unfinished.by_id(),
            newest=tuple(newest.values()),
            undated=self._undated.by_id()[::-1],
            ids=IdSet(self._ids),
            unreadable=self._unreadable,
            count=self._count,
            digest=self._sha256.hexdigest(),
            notes=self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        notes: list[str] = []
        if self._unreadable:
            notes.append(
                f"{self._unreadable} of the {self._count} entries of the listing could not be read as a run "
                f"(the first: {self._unreadable_because})."
            )
        in_order = sorted(self._ids)
        if any(map(eq, in_order, islice(in_order, 1, None))):
            twice = sorted({one for one, other in pairwise(in_order) if one == other})
            named = ", ".join(map(str, twice[:_MOST_NAMED]))
            notes.append(f"The listing names {len(twice)} run(s) more than once: {named}.")
        if self._builder.saw_date_without_zone:
            notes.append("Dates of the listing without a time zone were read as UTC.")
        return tuple(notes)
