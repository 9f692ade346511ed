"""The operations on targets over HTTP."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from probe_gate.sandbox.answers import json_answer
from probe_gate.sandbox.contract import TargetId, WorkspaceId, read_int32
from probe_gate.sandbox.platform import Platform
from probe_gate.sandbox.target_requests import CreateTarget, UpdateTarget, read_target
from probe_gate.sandbox.target_types import TARGET_TYPES
from probe_gate.sandbox.targets import Target

_COLLECTION = "/api/v2/workspaces/{workspaceId}/target"
_ITEM = "/api/v2/workspaces/{workspaceId}/target/{targetId}"


def add_target_routes(app: FastAPI, platform: Platform, *, strict: bool, echo_secrets: bool) -> None:
    """Add the four operations on targets, and the list of their types."""

    def shown(target: Target, target_id: int) -> Response:
        return json_answer(target.to_json(target_id, echo_secrets=echo_secrets))

    @app.post(_COLLECTION, operation_id="createTarget")
    async def create_target(workspace: WorkspaceId, request: Request) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        asked = read_target(CreateTarget, await request.body(), strict=strict)
        target = Target(asked["connection"], asked["settings"])
        target_id = platform.create_target(target)
        platform.save()
        return shown(target, target_id)

    @app.patch(_ITEM, operation_id="updateTarget")
    async def update_target(workspace: WorkspaceId, target: TargetId, request: Request) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        target_id = read_int32(target, "targetId")
        asked = read_target(UpdateTarget, await request.body(), strict=strict)
        changed = platform.target(target_id).updated(asked)
        platform.update_target(target_id, changed)
        platform.save()
        return shown(changed, target_id)

    @app.get(_ITEM, operation_id="getTarget")
    async def get_target(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        target_id = read_int32(target, "targetId")
        return shown(platform.target(target_id), target_id)

    @app.delete("/api/workspaces/{workspaceId}/target/{targetId}", operation_id="deleteTarget")
    async def delete_target(workspace: WorkspaceId, target: TargetId) -> Response:
        platform.check_workspace(read_int32(workspace, "workspaceId"))
        target_id = read_int32(target, "targetId")
        gone = platform.delete_target(target_id)
        platform.save()
        return shown(gone, target_id)

    @app.get("/api/target/types", operation_id="listTargetTypes")
    async def list_target_types() -> Response:
        return json_answer(TARGET_TYPES)
