"""The platform's operations over HTTP, as `ports.Platform` describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.http.connection import RequestContext
from probe_gate.http.session import Response
from probe_gate.probe_api.calls import Calls
from probe_gate.probe_api.errors import api_error, is_page
from probe_gate.probe_api.run_list import RunLists
from probe_gate.probe_api.schemas import parse_scores, parse_target, parse_target_types, parse_triggered
from probe_gate.probe_api.strict_json import parse_json
from probe_gate.use_cases.ports import NoScoresError, RunRequest

NO_SCORES_STATUSES = frozenset({400, 404, 409, 410, 422})
"""Statuses that may mean that a target has no scores yet; the API does not document which one."""
RUN_LIST_SECONDS = 300.0
"""The time limit for one list of runs, which may be very long."""


class ProbeApi:
    """The API of one workspace."""

    def __init__(self, calls: Calls, workspace_id: int) -> None:
        """Prepare the operations of that workspace; nothing is sent yet."""
        self._calls = calls
        self._run_lists = RunLists(self._calls)
        self._redact = calls.session.redact
        self._workspace = f"/api/workspaces/{workspace_id:d}"
        self._targets = f"/api/v2/workspaces/{workspace_id:d}/target"

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> RunList:
        call = f"Listing the test runs of target {target_id} (listTestRuns)"
        path = f"{self._workspace}/target/{target_id:d}/test-runs"

        def work(until: float, context: RequestContext) -> RunList:
            return self._run_lists.read(call, path, query, until, context)

        before = self._calls.throttle_count
        run_list = await self._calls.repeat(
            call,
            work,
            deadline,
            seconds=RUN_LIST_SECONDS,
            is_reserved=query.name_prefix is not None and query.run_id is None,
        )
        return replace(run_list, throttle_count=self._calls.throttle_count - before)

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        call = f"Reading the scores of target {target_id} (getScores)"
        path = f"{self._workspace}/target/{target_id:d}/scores"

        def work(until: float, context: RequestContext) -> Scores:
            response = self._calls.session.request("GET", path, deadline=until, context=context)
            if response.status in NO_SCORES_STATUSES and not is_page(response):
                self._calls.note_answered(call)
                error = api_error(response, call, self._redact, self._calls.clock.now())
                raise NoScoresError(error.message, error.hint, status=response.status)
            self._calls.raise_for_status(call, response)
            value = parse_json(response.body) if response.body.strip() else None
            if value is None or value in ({}, []):
                self._calls.note_answered(call)
                raise NoScoresError(f"{call}: the platform responded without any scores.", status=response.status)
            return parse_scores(value, response.sha256, self._redact)

        return await self._calls.repeat(call, work, deadline, attempts=attempts)

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        call = f"Starting a test run on target {request.target_id} (triggerTestRun)"
        path = f"{self._workspace}/test-run/trigger"
        body = {
            "targetId": request.target_id,
            "probeIds": list(request.probe_ids) if request.probe_ids is not None else None,
            "name": request.name,
            "notifyWhenFinished": request.notify_when_finished,
            "runAiAnalysis": request.run_ai_analysis,
        }

        def work(until: float, context: RequestContext) -> int:
            response = self._calls.request(call, "POST", path, until, context, body)
            return parse_triggered(parse_json(response.body), self._redact)

        return await self._calls.send_once(call, work, deadline)

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        call = f"Cancelling test run {run_id} (cancelTestRun)"
        path = f"{self._workspace}/test-run/{run_id:d}/cancel"

        def work(until: float, context: RequestContext) -> None:
            self._calls.raise_for_page(self._calls.request(call, "POST", path, until, context))

        await self._calls.repeat(call, work, deadline, changes=True, is_reserved=True)

    async def get_target(self, target_id: int, deadline: float) -> Mapping[str, Any]:
        call = _reading(target_id)

        def work(until: float, context: RequestContext) -> Mapping[str, Any]:
            response = self._calls.request(call, "GET", f"{self._targets}/{target_id:d}", until, context)
            return self._read_target(response, target_id)

        return await self._calls.repeat(call, work, deadline)

    async def create_target(self, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        call = "Creating a target (createTarget)"

        def work(until: float, context: RequestContext) -> Mapping[str, Any]:
            response = self._calls.request(call, "POST", self._targets, until, context, body)
            return self._read_target(response)

        return await self._calls.send_once(call, work, deadline)

    async def update_target(self, target_id: int, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        call = f"Updating target {target_id} (updateTarget)"

        def work(until: float, context: RequestContext) -> Mapping[str, Any]:
            response = self._calls.request(call, "PATCH", f"{self._targets}/{target_id:d}", until, context, body)
            return self._read_target(response, target_id)

        return await self._calls.repeat(call, work, deadline, changes=True)

    async def delete_target(self, target_id: int, deadline: float) -> None:
        call = f"Deleting target {target_id} (deleteTarget)"
        path = f"{self._workspace}/target/{target_id:d}"
        tries = 0

        def work(until: float, context: RequestContext) -> None:
            nonlocal tries
            tries += 1
            response = self._calls.session.request("DELETE", path, deadline=until, context=context)
            if tries == 1 or response.status not in (404, 410):  # deleted by an earlier attempt whose response was lost
                self._calls.raise_for_status(call, response)
            self._calls.raise_for_page(response)

        self._calls.forget_answered(_reading(target_id))
        await self._calls.repeat(call, work, deadline, changes=True)

    async def list_target_types(self, deadline: float) -> Sequence[Mapping[str, Any]]:
        call = "Reading the target types (listTargetTypes)"

        def work(until: float, context: RequestContext) -> Sequence[Mapping[str, Any]]:
            response = self._calls.request(call, "GET", "/api/target/types", until, context)
            return parse_target_types(parse_json(response.body), self._redact)

        return await self._calls.repeat(call, work, deadline)

    def _read_target(self, response: Response, target_id: int | None = None) -> Mapping[str, Any]:
        return parse_target(parse_json(response.body), self._redact, target_id)


def _reading(target_id: int) -> str:
    return f"Reading target {target_id} (getTarget)"
