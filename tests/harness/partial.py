"""Halves of a platform, for fakes that answer the requests about runs or those about targets, and both together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.use_cases.ports import Platform, RunRequest


class NoTargets:
    """The requests about targets, none of which is expected."""

    async def get_target(self, target_id: int, deadline: float) -> Mapping[str, Any]:
        raise AssertionError("no target is to be read")

    async def create_target(self, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        raise AssertionError("no target is to be created")

    async def update_target(self, target_id: int, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        raise AssertionError("no target is to be updated")

    async def delete_target(self, target_id: int, deadline: float) -> None:
        raise AssertionError("no target is to be deleted")

    async def list_target_types(self, deadline: float) -> Sequence[Mapping[str, Any]]:
        raise AssertionError("no target types are to be read")


class NoRuns:
    """The requests about runs and scores, none of which is expected."""

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> RunList:
        raise AssertionError("no runs are to be listed")

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        raise AssertionError("no scores are to be read")

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        raise AssertionError("no run is to be started")

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        raise AssertionError("no run is to be cancelled")


class Joined:
    """Fulfils `ports.Platform` with the runs and scores of one fake and the targets of another."""

    def __init__(self, runs: Platform, targets: Platform) -> None:
        self.list_runs, self.fetch_scores = runs.list_runs, runs.fetch_scores
        self.trigger_run, self.cancel_run = runs.trigger_run, runs.cancel_run
        self.get_target, self.create_target = targets.get_target, targets.create_target
        self.update_target, self.delete_target = targets.update_target, targets.delete_target
        self.list_target_types = targets.list_target_types
