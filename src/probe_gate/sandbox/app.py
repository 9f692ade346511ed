"""The contract's operations over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, cast

from fastapi import FastAPI, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from probe_gate.sandbox.answers import JsonParts, json_answer
from probe_gate.sandbox.contract import TriggerTestRunRequest, read_int32, read_request
from probe_gate.sandbox.platform import Platform
from probe_gate.sandbox.problems import RefusalError, error_body

WorkspaceId = Annotated[str, Path(alias="workspaceId")]
TargetId = Annotated[str, Path(alias="targetId")]
TestRunId = Annotated[str, Path(alias="testRunId")]


def create_app(platform: Platform) -> FastAPI:
    """The platform as an ASGI application; keys and faults are the business of the layers around it."""
    app = FastAPI(title="Probe platform (sandbox)", version="v1.0", docs_url=None, redoc_url=None)
    app.state.platform = platform

    @app.exception_handler(RefusalError)
    async def refuse(_request: Request, refusal: Exception) -> Response:
        known = cast(RefusalError, refusal)
        return json_answer(known.body, known.status)

    @app.exception_handler(HTTPException)
    async def no_such_path(_request: Request, error: Exception) -> Response:
        known = cast(HTTPException, error)
        code = HTTPStatus(known.status_code).name
        answer = json_answer(error_body(code, known.detail), known.status_code)
        answer.headers.update(known.headers or {})
        return answer

    @app.post("/api/workspaces/{workspaceId}/test-run/trigger", operation_id="triggerTestRun")
    async def trigger(workspace: WorkspaceId, request: Request) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        asked, _ = read_request(TriggerTestRunRequest, await request.body())
        run_id = platform.trigger(asked.target_id, asked.probe_ids, asked.name)
        return json_answer({"testRunId": run_id})

    @app.post("/api/workspaces/{workspaceId}/test-run/{testRunId}/cancel", operation_id="cancelTestRun")
    async def cancel(workspace: WorkspaceId, test_run: TestRunId) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        platform.cancel(read_int32(test_run, "testRunId"))
        return Response(status_code=200)

    @app.get("/api/workspaces/{workspaceId}/target/{targetId}/test-runs", operation_id="listTestRuns")
    async def list_runs(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        return JsonParts(platform.engine.listing(read_int32(target, "targetId")))

    @app.get("/api/workspaces/{workspaceId}/target/{targetId}/scores", operation_id="getScores")
    async def scores(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        return json_answer(platform.engine.scores(read_int32(target, "targetId")))

    return app
