"""The contract's operations over HTTP, and their description in `/openapi.json`.

Bodies are parsed by `requests.parse_request`, because FastAPI reports errors in its own format.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from probe_gate.sandbox.faults import WORK_FAULTS
from probe_gate.sandbox.operations import BY_ID, methods_at
from probe_gate.sandbox.platform import Platform
from probe_gate.sandbox.recorder import RECORD
from probe_gate.sandbox.requests import (
    CreateTarget,
    TargetId,
    TestRunId,
    TriggerTestRunRequest,
    UpdateTarget,
    WorkspaceId,
    parse_int32,
    parse_request,
    parse_target_request,
)
from probe_gate.sandbox.responses import (
    JSON,
    ApiError,
    EmptyResponseError,
    JsonPartsResponse,
    error_body,
    json_response,
)
from probe_gate.sandbox.targets import TARGET_TYPES, Target


def create_app(platform: Platform, *, strict: bool = False, echo_secrets: bool = False, etag: bool = False) -> FastAPI:
    """Return the platform as an ASGI application. The layers around it check keys and inject faults."""
    app = FastAPI(title="Probe platform (sandbox)", version="v1.0", docs_url=None, redoc_url=None)

    @app.exception_handler(ApiError)
    async def refuse(_request: Request, refusal: Exception) -> Response:
        known = cast(ApiError, refusal)
        return json_response(known.body, known.status)

    @app.exception_handler(EmptyResponseError)
    async def answer_nothing(_request: Request, empty: Exception) -> Response:
        return Response(status_code=cast(EmptyResponseError, empty).status, media_type=JSON)

    @app.exception_handler(HTTPException)
    async def no_such_path(request: Request, error: Exception) -> Response:
        known = cast(HTTPException, error)
        code = HTTPStatus(known.status_code).name
        answer = json_response(error_body(code, known.detail), known.status_code)
        if known.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["allow"] = ", ".join(methods_at(request.url.path))
        return answer

    @app.exception_handler(Exception)
    async def bug(_request: Request, error: Exception) -> Response:
        return json_response(error_body("SANDBOX_BUG", f"A bug of the sandbox: {error!r}"), 500)

    @app.post("/api/workspaces/{workspaceId}/test-run/trigger", operation_id="triggerTestRun")
    async def trigger(workspace: WorkspaceId, request: Request) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        body, _ = parse_request(TriggerTestRunRequest, await request.body())
        late = request.scope.get(WORK_FAULTS, {}).get("late-listing")
        run_id = platform.engine.trigger(
            body.target_id, body.probe_ids, body.name, listing_lag_seconds=late.number if late else None
        )
        platform.save()
        return json_response({"testRunId": run_id})

    @app.post("/api/workspaces/{workspaceId}/test-run/{testRunId}/cancel", operation_id="cancelTestRun")
    async def cancel(workspace: WorkspaceId, test_run: TestRunId) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        platform.engine.cancel(parse_int32(test_run, "testRunId"))
        platform.save()
        return Response(status_code=200)

    @app.get("/api/workspaces/{workspaceId}/target/{targetId}/test-runs", operation_id="listTestRuns")
    async def list_runs(workspace: WorkspaceId, target: TargetId, request: Request) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        run_list = platform.engine.run_list(parse_int32(target, "targetId"))
        if etag and request.headers.get("if-none-match") == run_list.etag:
            return Response(status_code=304, headers={"etag": run_list.etag})
        headers = {"etag": run_list.etag} if etag else {}
        write = run_list.plain
        if "gzip" in request.headers.get("accept-encoding", ""):
            write = run_list.gzipped
            headers["content-encoding"] = "gzip"
        return JsonPartsResponse(await asyncio.to_thread(write) if run_list.history.is_long else write(), headers)

    @app.get("/api/workspaces/{workspaceId}/target/{targetId}/scores", operation_id="getScores")
    async def scores(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        return json_response(platform.engine.scores(parse_int32(target, "targetId")))

    add_target_routes(app, platform, strict=strict, echo_secrets=echo_secrets)
    return app


_COLLECTION = "/api/v2/workspaces/{workspaceId}/target"
_ITEM = "/api/v2/workspaces/{workspaceId}/target/{targetId}"


def add_target_routes(app: FastAPI, platform: Platform, *, strict: bool, echo_secrets: bool) -> None:
    """Add the four operations on targets, and the list of their types."""

    def respond(target: Target, target_id: int) -> Response:
        return json_response(target.to_json(target_id, echo_secrets=echo_secrets))

    @app.post(_COLLECTION, operation_id="createTarget")
    async def create_target(workspace: WorkspaceId, request: Request) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        body = parse_target_request(CreateTarget, await request.body(), strict=strict)
        target = Target(body["connection"], body["settings"])
        target_id = platform.create_target(target)
        platform.save()
        return respond(target, target_id)

    @app.patch(_ITEM, operation_id="updateTarget")
    async def update_target(workspace: WorkspaceId, target: TargetId, request: Request) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        target_id = parse_int32(target, "targetId")
        body = parse_target_request(UpdateTarget, await request.body(), strict=strict)
        changed = platform.target(target_id).updated(body)
        platform.update_target(target_id, changed)
        platform.save()
        return respond(changed, target_id)

    @app.get(_ITEM, operation_id="getTarget")
    async def get_target(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        target_id = parse_int32(target, "targetId")
        return respond(platform.target(target_id), target_id)

    @app.delete("/api/workspaces/{workspaceId}/target/{targetId}", operation_id="deleteTarget")
    async def delete_target(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(parse_int32(workspace, "workspaceId"))
        target_id = parse_int32(target, "targetId")
        deleted = platform.delete_target(target_id)
        platform.save()
        return respond(deleted, target_id)

    @app.get("/api/target/types", operation_id="listTargetTypes")
    async def list_target_types() -> Response:
        return json_response(TARGET_TYPES)


class ApiKeyLayer:
    """ASGI middleware that responds 401 if the API key is missing or wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope[RECORD].key == "right":
            await self._app(scope, receive, send)
            return
        body = error_body("UNAUTHORIZED", "The API key is missing, wrong or expired.")
        await json_response(body, 401)(scope, receive, send)


_BODIES: dict[str, type[BaseModel]] = {
    "triggerTestRun": TriggerTestRunRequest,
    "createTarget": CreateTarget,
    "updateTarget": UpdateTarget,
}
_KEY = {"type": "apiKey", "name": "X-Api-Key", "in": "header"}


def describe(app: FastAPI) -> None:
    """Add the request bodies and the API key to the application's OpenAPI description."""
    found = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(found())
        return found()

    app.openapi = complete  # type: ignore[method-assign]


def _complete(description: dict[str, Any]) -> None:
    references, definitions = models_json_schema(
        [(model, "validation") for model in _BODIES.values()], ref_template="#/components/schemas/{model}"
    )
    components = description.setdefault("components", {})
    components.setdefault("schemas", {}).update(definitions["$defs"])
    components["securitySchemes"] = {"ApiKey": _KEY}
    description["security"] = [{"ApiKey": []}]
    for operation_id, model in _BODIES.items():
        operation = BY_ID[operation_id]
        described = description["paths"][operation.path][operation.method.lower()]
        content = {"application/json": {"schema": references[model, "validation"]}}
        described["requestBody"] = {"required": True, "content": content}
