"""The control API below `/sandbox`, which is not part of the platform's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from probe_gate.sandbox.fault_kinds import HeldResponses
from probe_gate.sandbox.faults import FaultPlan
from probe_gate.sandbox.platform import Platform
from probe_gate.sandbox.recorder import Recorder
from probe_gate.sandbox.requests import parse_json
from probe_gate.sandbox.responses import error_body, json_response
from probe_gate.sandbox.runs import Run
from probe_gate.sandbox.scenarios import Scenario, find_scenario
from probe_gate.sandbox.timestamps import render_timestamp


def _run_json(run: Run, now: float) -> dict[str, Any]:
    return {
        **run.to_json(now),
        "targetId": run.target_id,
        "requestedAt": render_timestamp(run.requested_at),
        "isOurs": run.is_ours,
        "isFinished": run.is_finished(now),
        "wasCancelled": run.cancelled_at is not None,
    }


def parse_scenario(value: dict[str, Any], find: Callable[[str], Scenario] = find_scenario) -> Scenario:
    """Return a scenario from JSON: `name` is the base, `changes` holds the fields to change.

    A `reading` in the changes is a text as for `--reading`; keys that it leaves out are unchanged.

    Raises:
        LookupError: There is no scenario of that name.
        ValueError: A field is unknown, or its value is invalid.
        TypeError: A value has the wrong type.
    """
    changes = dict(value.get("changes", {}))
    base = find(value.get("name", "passing")).with_reading(changes.pop("reading", ""))
    return Scenario.from_json({**base.to_json(), **changes})


def add_control(
    app: FastAPI,
    platform: Platform,
    recorder: Recorder,
    plan: FaultPlan,
    holds: HeldResponses,
    find: Callable[[str], Scenario],
) -> None:
    """Add the control API to an application. `find` returns the scenario of a name."""

    @app.get("/sandbox")
    async def overview() -> Response:
        """Return counts of runs, requests and connections."""
        runs = platform.engine.runs
        now = platform.engine.now()
        return json_response(
            {
                "workspaceId": platform.workspace_id,
                "reading": str(platform.engine.scenario.reading),
                "runs": len([run for run in runs if run.is_ours]),
                "active": len([run for run in runs if run.is_ours and not run.is_finished(now)]),
                "requests": recorder.total,
                "inFlight": recorder.in_flight,
                "mostInFlight": recorder.most_in_flight,
                "connections": len(recorder.clients),
            }
        )

    @app.get("/sandbox/runs")
    async def runs(active: bool = False) -> Response:
        """Return the runs since the start, oldest first; `?active=true` for those that have not finished."""
        now = platform.engine.now()
        return json_response(
            [_run_json(run, now) for run in platform.engine.runs if not active or not run.is_finished(now)]
        )

    @app.get("/sandbox/requests")
    async def requests(operation: str | None = None) -> Response:
        """Return the requests since the start, oldest first; `?operation=` for those of one operation."""
        return json_response(
            [item.to_json() for item in recorder.requests if operation is None or item.operation == operation]
        )

    @app.delete("/sandbox/requests")
    async def forget_requests() -> Response:
        """Empty the log of requests."""
        recorder.clear()
        return json_response({})

    @app.post("/sandbox/scenario")
    async def set_scenario(request: Request) -> Response:
        """Use another scenario for later runs.

        `{"name": "failing", "changes": {"run_seconds": 5, "reading": "lag=30s"}, "targetId": 1}`
        """
        value = parse_json(await request.body())
        try:
            scenario = parse_scenario(value, find)
            platform.engine.set_scenario(scenario, value.get("targetId"))
            if value.get("targetId") is None:
                plan.add(scenario.faults)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            return json_response(error_body("BAD_SCENARIO", str(error)), 400)
        return json_response(scenario.to_json())

    @app.post("/sandbox/faults")
    async def set_faults(request: Request) -> Response:
        """Replace all faults: `["503@list:2", "dropped-response"]`."""
        try:
            names = plan.replace(parse_json(await request.body()))
        except (ValueError, TypeError, AttributeError) as error:
            return json_response(error_body("BAD_FAULT", str(error)), 400)
        return json_response(names)

    @app.post("/sandbox/release")
    async def release() -> Response:
        """Release the responses that the fault `hold` has delayed."""
        return json_response({"released": holds.release()})

    @app.get("/")
    async def root() -> Response:
        """Return where to find the rest."""
        return PlainTextResponse(
            "probe-gate sandbox. The operations it serves: /openapi.json. Current state: /sandbox,"
            " /sandbox/runs, /sandbox/requests.\n"
        )
