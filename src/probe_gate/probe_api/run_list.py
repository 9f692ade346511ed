"""Parse the list of a target's test runs.

The platform never shortens the list, and every poll reads all of it. So each entry gets little work, and only the few
runs that are kept are validated field by field.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappush, heappushpop
from itertools import pairwise
from typing import Any, Generic, TypeVar

from probe_gate.domain.dates import has_zone
from probe_gate.domain.run import Run, run_state_of
from probe_gate.domain.run_list import IdSet, RunList, RunQuery
from probe_gate.http.connection import RequestContext
from probe_gate.probe_api.calls import Calls
from probe_gate.probe_api.schemas import MAX_ID, Redact, SchemaError, clean, parse_run
from probe_gate.probe_api.strict_json import iter_array
from probe_gate.probe_api.timestamps import timestamp_or_none

MAX_TAGGED = 100
MAX_NEW = 100
MAX_UNFINISHED = 1000
MAX_ETAG_LENGTH = 200
_MAX_STATUSES = 50
_MAX_NAMED = 5
_WANTED = "the entry of the requested run"

Key = TypeVar("Key", int, tuple[datetime, int])
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Remembered:
    etag: str
    query: RunQuery
    run_list: RunList


class RunLists:
    """Reads run lists. The last one of each target is kept, for a platform that responds 304 (not modified)."""

    def __init__(self, calls: Calls) -> None:
        """Start without any lists."""
        self._calls = calls
        self._remembered: dict[str, _Remembered] = {}

    def read(self, call: str, path: str, query: RunQuery, until: float, context: RequestContext) -> RunList:
        """Return the current list, reading no more of it than the query needs. Blocks."""
        session = self._calls.session
        remembered = self._remembered.get(path)
        if remembered is not None and remembered.query != query:
            remembered = None
        headers = {"If-None-Match": remembered.etag} if remembered else {}
        with session.stream("GET", path, headers=headers, deadline=until, context=context) as stream:
            if stream.status == 304 and remembered is not None:
                return remembered.run_list
            self._calls.raise_for_status(call, stream)
            run_list = read_run_list(stream.chunks, query, session.redact)
        etag = stream.headers.get("ETag", "")
        self._remembered.pop(path, None)
        if etag and len(etag) <= MAX_ETAG_LENGTH and etag.isascii() and etag.isprintable():
            self._remembered[path] = _Remembered(etag, query, run_list)
        return run_list


def read_run_list(chunks: Iterable[bytes], query: RunQuery, redact: Redact) -> RunList:
    """Return what the list holds for the query, reading no more of it than that needs.

    Raises:
        JsonError: It is not a list.
        SchemaError: The requested run, by its id or its name, is not valid.
    """
    sha256 = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in chunks:
            sha256.update(chunk)
            yield chunk

    collector = _Collector(query, redact)
    for entry in iter_array(hashed()):
        collector.add(entry)
        if query.may_stop_early and collector.run is not None:
            return collector.to_run_list(sha256.hexdigest(), is_complete=False)
    return collector.to_run_list(sha256.hexdigest(), is_complete=True)


class _Highest(Generic[Key, Item]):
    """The items with the highest keys, up to a maximum."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._heap: list[Key] = []
        self._items: dict[Key, Item] = {}

    def wants(self, key: Key) -> bool:
        """Return whether an item with that key would be kept. Of several with the same key, the first is."""
        if len(self._heap) < self._maximum:
            return key not in self._items
        return bool(self._heap) and key > self._heap[0] and key not in self._items

    def add(self, key: Key, item: Item) -> None:
        """Keep an item that `wants` accepts, replacing the lowest one if there are too many."""
        self._items[key] = item
        if len(self._heap) < self._maximum:
            heappush(self._heap, key)
        else:
            del self._items[heappushpop(self._heap, key)]

    def items(self) -> list[Item]:
        """Return the items, the lowest key first."""
        return [self._items[key] for key in sorted(self._items)]


class _Collector:
    """Takes the entries of one list in turn and keeps the runs that the query asks for."""

    def __init__(self, query: RunQuery, redact: Redact) -> None:
        self.run: Run | None = None
        """The run requested by id; None until it is found."""
        self._query = query
        self._redact = redact
        self._ids = array("q")
        self._count = self._unreadable = 0
        self._first_problem = ""
        self._tagged = _Highest[int, Run](MAX_TAGGED)
        self._new = _Highest[int, Run](MAX_NEW)
        self._unfinished = _Highest[int, Run](MAX_UNFINISHED)
        self._undated = _Highest[int, Run](query.newest)
        self._newest = _Highest[tuple[datetime, int], Any](query.newest)
        """Validated at the end only: in a list that begins with the oldest run, every run is one of the newest for a while."""
        self._terminal: set[str | None] = set()
        """Statuses, as received, that are known to be terminal."""

    def add(self, entry: Any) -> None:
        """Take the next entry.

        Raises:
            SchemaError: It is the requested run, but not valid.
        """
        self._count += 1
        if not isinstance(entry, dict):
            self._count_unreadable(entry)
            return
        query, run_id, name, status = self._query, entry.get("id"), entry.get("name"), entry.get("status")
        if type(run_id) is int and 0 < run_id <= MAX_ID:
            self._ids.append(run_id)
        else:
            self._count_unreadable(entry)
            return
        if not (name is None or type(name) is str) or not (status is None or type(status) is str):
            self._count_unreadable(entry)
            return
        if run_id == query.run_id:
            self._add_wanted(entry)
        places = []
        if query.name_prefix and name and name.startswith(query.name_prefix):
            places.append(self._tagged)
        if query.known_ids is not None and run_id not in query.known_ids:
            places.append(self._new)
        if status not in self._terminal and not self._is_terminal(status):
            places.append(self._unfinished)
        date = timestamp_or_none(entry.get("executionDate"))
        if date is None:
            places.append(self._undated)
        if places and not self._keep(entry, places):
            return
        if date is not None and self._newest.wants((date, run_id)):
            self._newest.add((date, run_id), entry)

    def _is_terminal(self, status: str | None) -> bool:
        is_terminal = run_state_of(clean(status or "", str), self._query.completed_statuses).is_terminal
        if is_terminal and len(self._terminal) < _MAX_STATUSES:
            self._terminal.add(status)
        return is_terminal

    def _keep(self, entry: dict[str, Any], places: list[_Highest[int, Run]]) -> bool:
        """Keep the run in the collections that want it. Return False if it is not valid."""
        run_id = entry["id"]
        places = [place for place in places if place.wants(run_id)]
        if places:
            try:
                run = self._parse(entry)
            except SchemaError:
                self._count_unreadable(entry)
                return False
            for place in places:
                place.add(run_id, run)
        return True

    def _parse(self, entry: Any) -> Run:
        return parse_run(entry, self._redact, self._query.completed_statuses)

    def _add_wanted(self, entry: Any) -> None:
        try:
            run = self._parse(entry)
        except SchemaError as error:
            raise SchemaError(f"{_WANTED}: {error}") from None
        if self.run is not None and self.run != run:
            raise SchemaError(f"{_WANTED}: it is listed twice, with different values")
        self.run = run

    def _count_unreadable(self, entry: Any) -> None:
        """Count an invalid entry.

        Raises:
            SchemaError: It may be the requested run.
        """
        try:
            self._parse(entry)
            return
        except SchemaError as error:
            problem = str(error)
        if _mentions(entry, self._query):
            raise SchemaError(f"{_WANTED}: {problem}")
        self._unreadable += 1
        self._first_problem = self._first_problem or problem

    def to_run_list(self, digest: str, *, is_complete: bool) -> RunList:
        """Return what was found.

        Args:
            digest: The SHA-256, in hex, of the bytes that were read.
            is_complete: Whether the whole list was read.
        """
        newest: dict[int, Run] = {}
        for entry in reversed(self._newest.items()):
            try:
                newest.setdefault(entry["id"], self._parse(entry))
            except SchemaError:
                self._count_unreadable(entry)
        run_list = RunList(
            complete=is_complete,
            run=self.run,
            tagged=tuple(self._tagged.items()),
            new=tuple(self._new.items()),
            unfinished=tuple(self._unfinished.items()),
            newest=tuple(newest.values()),
            undated=tuple(reversed(self._undated.items())),
            ids=IdSet(self._ids),
            unreadable=self._unreadable,
            count=self._count,
            digest=digest,
        )
        return replace(run_list, notes=tuple(self._notes(run_list)))

    def _notes(self, run_list: RunList) -> Iterator[str]:
        if self._unreadable:
            yield (
                f"{self._unreadable} of the {self._count} entries of the listing could not be read as a run "
                f"(the first: {self._first_problem})."
            )
        twice = sorted({one for one, other in pairwise(sorted(self._ids)) if one == other})
        if twice:
            named = ", ".join(map(str, twice[:_MAX_NAMED]))
            yield f"The listing names {len(twice)} run(s) more than once: {named}."
        kept = (*run_list.newest, *run_list.unfinished, *run_list.tagged, *run_list.new)
        if any(run.started_at is not None and not has_zone(run.started_at) for run in kept):
            yield "Dates of the listing without a time zone were read as UTC."


def _mentions(entry: Any, query: RunQuery) -> bool:
    """Return whether the requested id or name appears anywhere in an entry, at any depth."""
    wanted_id = None if query.run_id is None else str(query.run_id)
    parts = [entry]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            run_id = part.get("id")
            if isinstance(run_id, int | str) and str(run_id).lstrip("0") == wanted_id:
                return True
            parts += [*part, *part.values()]
        elif isinstance(part, list):
            parts += part
        elif isinstance(part, str) and query.name_prefix and query.name_prefix in part:
            return True
    return False
