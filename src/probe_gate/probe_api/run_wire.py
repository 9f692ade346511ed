"""Test runs as the platform tells of them."""

from __future__ import annotations

from probe_gate.domain.run import Counts, Run
from probe_gate.probe_api.moments import moment_or_none
from probe_gate.probe_api.wire import Fields, Scrub

MOST_PROBES = 10_000


def read_run(value: object, scrub: Scrub) -> Run:
    """One entry of the listing, with all strictness. Raises `NonsenseError`.

    A date that makes no sense is none: a listing's date only orders the runs.
    """
    fields = Fields(value, scrub)
    date = fields.get("executionDate")
    return Run(
        id=fields.id("id"),
        name=fields.text("name"),
        status=fields.text("status"),
        started_at=moment_or_none(date if isinstance(date, str) else None),
        counts=Counts(
            passed=fields.integer("passedCount"),
            failed=fields.integer("failedCount"),
            errors=fields.integer("errorCount"),
            total=fields.integer("totalCount"),
        ),
        progress=fields.number("progress"),
        probes=fields.texts("probes", MOST_PROBES),
        started_by=fields.text("startedBy"),
    )


def read_triggered(value: object, scrub: Scrub) -> int:
    """The id of the run, as a trigger answers it. Raises `NonsenseError`."""
    return Fields(value, scrub).id("testRunId")
