"""Test runs as the platform tells of them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from probe_gate.domain.dates import has_zone
from probe_gate.domain.run import Counts, Run
from probe_gate.probe_api.moments import moment_or_none
from probe_gate.probe_api.wire import Count, Id, Scrub, clean, read

MOST_PROBES = 10_000


class Entry(msgspec.Struct, gc=False, frozen=True, rename="camel"):
    """One run as it stands in the listing: its types are checked, its texts are as they came."""

    id: Id
    name: str | None = None
    status: str | None = None
    execution_date: str | None = None
    started_by: str | None = None
    passed_count: Count | None = None
    failed_count: Count | None = None
    error_count: Count | None = None
    total_count: Count | None = None
    progress: float | None = None
    probes: Annotated[list[str], msgspec.Meta(max_length=MOST_PROBES)] | None = None


class Triggered(msgspec.Struct, frozen=True, rename="camel"):
    """What a trigger answers."""

    test_run_id: Id


class RunBuilder:
    """Makes runs of entries, their texts cleaned."""

    def __init__(self, scrub: Scrub, completed_statuses: frozenset[str] = frozenset()) -> None:
        """`completed_statuses`: further run statuses that mean completed, in upper case."""
        self._scrub = scrub
        self._completed_statuses = completed_statuses
        self.saw_date_without_zone = False

    def build(self, entry: Entry) -> Run:
        """The run."""
        started_at = moment_or_none(entry.execution_date)
        if started_at is not None and not has_zone(started_at):
            self.saw_date_without_zone = True
        status = self._clean(entry.status)
        return Run(
            id=entry.id,
            name=self._clean(entry.name),
            status=status,
            started_at=started_at,
            counts=Counts(entry.passed_count, entry.failed_count, entry.error_count, entry.total_count),
            progress=entry.progress,
            probes=None if entry.probes is None else tuple(clean(probe, self._scrub) for probe in entry.probes),
            started_by=self._clean(entry.started_by),
            is_completed_by_option=bool(self._completed_statuses)
            and (status or "").strip().upper() in self._completed_statuses,
        )

    def _clean(self, text: str | None) -> str | None:
        return None if text is None else clean(text, self._scrub)


def without_nonsense_date(value: Any) -> Any:
    """An element of the listing. A date in it that is no text is none: it only orders the runs."""
    if isinstance(value, dict) and not isinstance(value.get("executionDate"), str):
        return {**value, "executionDate": None}
    return value


def read_run(value: object, scrub: Scrub, completed_statuses: frozenset[str] = frozenset()) -> Run:
    """One entry of the listing, with all strictness. Raises `NonsenseError`."""
    return RunBuilder(scrub, completed_statuses).build(read(without_nonsense_date(value), Entry, scrub))


def read_triggered(value: object, scrub: Scrub) -> int:
    """The id of the run, as a trigger answers it. Raises `NonsenseError`."""
    return read(value, Triggered, scrub).test_run_id
