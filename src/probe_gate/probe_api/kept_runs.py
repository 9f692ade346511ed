"""The few runs that are kept of a long listing."""

from __future__ import annotations

from datetime import datetime
from heapq import heappush, heappushpop

from probe_gate.domain.run import Run
from probe_gate.probe_api.moments import moment_or_none
from probe_gate.probe_api.run_wire import Entry


class Highest:
    """The runs with the highest ids, so many at most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: list[int] = []  # a heap
        self._runs: dict[int, Run] = {}

    def wants(self, run_id: int) -> bool:
        """Whether a run of that id would be kept."""
        if run_id in self._runs or self._most == 0:
            return False
        return len(self._ids) < self._most or run_id > self._ids[0]

    def add(self, run: Run) -> None:
        """Keeps it, or another that it puts in the shade."""
        self._runs[run.id] = run
        if len(self._ids) < self._most:
            heappush(self._ids, run.id)
        else:
            del self._runs[heappushpop(self._ids, run.id)]

    def by_id(self) -> tuple[Run, ...]:
        """Those that are left, the lowest id first."""
        return tuple(self._runs[run_id] for run_id in sorted(self._runs))


class Newest:
    """The latest runs by date, so many at most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: list[tuple[datetime, int, Entry]] = []

    def add(self, entries: list[Entry]) -> list[Entry]:
        """Keeps the latest of them and returns those without a usable date."""
        dates = [moment_or_none(entry.execution_date) for entry in entries]
        oldest = self._found[-1][0] if len(self._found) == self._most and self._found else None
        later = [
            (date, entry.id, entry)
            for date, entry in zip(dates, entries, strict=True)
            if date is not None and (oldest is None or date >= oldest)
        ]
        if later:
            self._found = sorted([*self._found, *later], key=_date_and_id, reverse=True)[: self._most]
        return [entry for date, entry in zip(dates, entries, strict=True) if date is None] if None in dates else []

    def entries(self) -> list[Entry]:
        """The newest first."""
        return [entry for _, _, entry in self._found]


def _date_and_id(found: tuple[datetime, int, Entry]) -> tuple[datetime, int]:
    return found[0], found[1]
