"""Test runs as the platform tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from probe_gate.domain.run import Counts, Run
from probe_gate.probe_api.moments import moment_or_none
from probe_gate.probe_api.wire import Count, Id, Text, WireModel

MOST_PROBES = 10_000


def _moment_if_any(value: object) -> object:
    """A date that makes no sense is none: a listing's date only orders the runs."""
    return moment_or_none(value) if isinstance(value, str) else None


class RunAnswer(WireModel):
    """One entry of the listing."""

    id: Id
    name: Text | None = None
    status: Text | None = None
    execution_date: Annotated[datetime | None, BeforeValidator(_moment_if_any)] = Field(None, alias="executionDate")
    started_by: Text | None = Field(None, alias="startedBy")
    passed: Count | None = Field(None, alias="passedCount")
    failed: Count | None = Field(None, alias="failedCount")
    errors: Count | None = Field(None, alias="errorCount")
    total: Count | None = Field(None, alias="totalCount")
    progress: Annotated[float, Field(allow_inf_nan=False)] | None = None
    probes: list[Text] | None = Field(None, max_length=MOST_PROBES)

    def to_run(self) -> Run:
        return Run(
            id=self.id,
            name=self.name,
            status=self.status,
            started_at=self.execution_date,
            counts=Counts(self.passed, self.failed, self.errors, self.total),
            progress=self.progress,
            probes=tuple(self.probes) if self.probes is not None else None,
            started_by=self.started_by,
        )


class TriggerAnswer(WireModel):
    """What a trigger answers."""

    run_id: Id = Field(alias="testRunId")
