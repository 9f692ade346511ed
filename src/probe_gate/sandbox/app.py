"""The contract's operations over HTTP."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from probe_gate.sandbox.answers import JSON, JsonParts, json_answer
from probe_gate.sandbox.contract import (
    TargetId,
    TestRunId,
    TriggerTestRunRequest,
    WorkspaceId,
    read_int32,
    read_request,
)
from probe_gate.sandbox.fault_layer import WORK_FAULTS
from probe_gate.sandbox.operations import methods_at
from probe_gate.sandbox.platform import Platform
from probe_gate.sandbox.problems import EmptyAnswerError, RefusalError, error_body
from probe_gate.sandbox.target_routes import add_target_routes


def create_app(platform: Platform, *, strict: bool = False, echo_secrets: bool = False, etag: bool = False) -> FastAPI:
    """The platform as an ASGI application; keys and faults are the business of the layers around it."""
    app = FastAPI(title="Probe platform (sandbox)", version="v1.0", docs_url=None, redoc_url=None)

    @app.exception_handler(RefusalError)
    async def refuse(_request: Request, refusal: Exception) -> Response:
        known = cast(RefusalError, refusal)
        return json_answer(known.body, known.status)

    @app.exception_handler(EmptyAnswerError)
    async def answer_nothing(_request: Request, empty: Exception) -> Response:
        return Response(status_code=cast(EmptyAnswerError, empty).status, media_type=JSON)

    @app.exception_handler(HTTPException)
    async def no_such_path(request: Request, error: Exception) -> Response:
        known = cast(HTTPException, error)
        code = HTTPStatus(known.status_code).name
        answer = json_answer(error_body(code, known.detail), known.status_code)
        if known.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["allow"] = ", ".join(methods_at(request.url.path))
        return answer

    @app.exception_handler(Exception)
    async def bug(_request: Request, error: Exception) -> Response:
        return json_answer(error_body("SANDBOX_BUG", f"A bug of the sandbox: {error!r}"), 500)

    @app.post("/api/workspaces/{workspaceId}/test-run/trigger", operation_id="triggerTestRun")
    async def trigger(workspace: WorkspaceId, request: Request) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        asked, _ = read_request(TriggerTestRunRequest, await request.body())
        late = request.scope.get(WORK_FAULTS, {}).get("late-listing")
        run_id = platform.engine.trigger(
            asked.target_id, asked.probe_ids, asked.name, listing_lag_seconds=late.number if late else None
        )
        platform.save()
        return json_answer({"testRunId": run_id})

    @app.post("/api/workspaces/{workspaceId}/test-run/{testRunId}/cancel", operation_id="cancelTestRun")
    async def cancel(workspace: WorkspaceId, test_run: TestRunId) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        platform.engine.cancel(read_int32(test_run, "testRunId"))
        platform.save()
        return Response(status_code=200)

    @app.get("/api/workspaces/{workspaceId}/target/{targetId}/test-runs", operation_id="listTestRuns")
    async def list_runs(workspace: WorkspaceId, target: TargetId, request: Request) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        listing = platform.engine.listing(read_int32(target, "targetId"))
        if etag and request.headers.get("if-none-match") == listing.etag:
            return Response(status_code=304, headers={"etag": listing.etag})
        headers = {"etag": listing.etag} if etag else {}
        write = listing.plain
        if "gzip" in request.headers.get("accept-encoding", ""):
            write = listing.gzipped
            headers["content-encoding"] = "gzip"
        return JsonParts(await asyncio.to_thread(write) if listing.history.is_long else write(), headers)

    @app.get("/api/workspaces/{workspaceId}/target/{targetId}/scores", operation_id="getScores")
    async def scores(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        return json_answer(platform.engine.scores(read_int32(target, "targetId")))

    add_target_routes(app, platform, strict=strict, echo_secrets=echo_secrets)
    return app
